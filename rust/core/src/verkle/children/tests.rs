use super::super::nodes::Body;
use super::*;

fn inner(number: u64) -> Child {
    Child { scalar: Scalar::from_u64(number), node: Node::Inner(Arc::default()) }
}

fn stem(number: u8) -> Child {
    let node = StemNode { stem: [number; 31], body: Body::Single((number, [number; 32])) };
    Child { scalar: Scalar::from_u64(number.into()), node: Node::Stem(node) }
}

fn change(byte: u8, after: Child) -> Change {
    Change { byte, before: Scalar::ZERO, after: Some(after) }
}

/// The children as numbers: the byte, what their scalar is made of, and that a stem is one.
fn list(children: &Children) -> Vec<(u8, Scalar, Option<u8>)> {
    let describe = |(byte, child): (u8, ChildRef<'_>)| {
        let stem = child.node.as_stem().map(|stem| stem.stem[0]);
        assert_eq!(children.get(byte).map(|child| child.scalar), Some(child.scalar));
        assert_eq!(children.scalar(byte), child.scalar);
        (byte, child.scalar, stem)
    };
    children.iter().map(describe).collect()
}

fn numbered(numbers: &[(u8, u64, Option<u8>)]) -> Vec<(u8, Scalar, Option<u8>)> {
    let scalar =
        |(byte, number, stem): &(u8, u64, Option<u8>)| (*byte, Scalar::from_u64(*number), *stem);
    numbers.iter().map(scalar).collect()
}

#[test]
fn test_children_stay_in_the_order_of_their_bytes() {
    let first = [(0, inner(0)), (63, stem(63)), (64, inner(64)), (128, stem(128))];
    let children = Children::from_ascending(first.into_iter());
    let before = [(0, 0, None), (63, 63, Some(63)), (64, 64, None), (128, 128, Some(128))];
    assert_eq!(list(&children), numbered(&before));
    let mut changes = [
        change(1, stem(1)),
        change(63, inner(1063)),
        change(64, inner(1064)),
        change(127, inner(127)),
        change(128, stem(7)),
        change(255, stem(255)),
    ];
    let after = [
        (0, 0, None),
        (1, 1, Some(1)),
        (63, 1063, None),
        (64, 1064, None),
        (127, 127, None),
        (128, 7, Some(7)),
        (255, 255, Some(255)),
    ];
    let changed = children.with(&mut changes);
    assert_eq!(list(&changed), numbered(&after));
    assert_eq!(changed.len(), 7);
    assert_eq!(list(&changed.clone()), numbered(&after));
    assert_eq!(list(&children), numbered(&before), "the version before is as it was");
    assert!(changed.get(2).is_none());
    assert_eq!(changed.scalar(2), Scalar::ZERO);
}

#[test]
fn test_a_version_takes_no_more_memory_than_it_needs() {
    let children = Children::default();
    let mut changes = [change(3, inner(3)), change(9, stem(9)), change(10, stem(10))];
    let children = children.with(&mut changes);
    let children = children.with(&mut [change(3, inner(4)), change(11, stem(11))]);
    let capacities = [children.scalars.capacity(), children.inners.capacity()];
    assert_eq!(capacities, [4, 1]);
}

#[test]
fn test_nodes_come_and_go_without_their_scalars() {
    let all = (0..=u8::MAX)
        .map(|byte| (byte, if byte % 3 == 0 { inner(byte.into()) } else { stem(byte) }));
    let mut children = Children::from_ascending(all);
    let before = list(&children);
    let bytes = [0, 1, 63, 64, 127, 128, 254, 255];
    let nodes = bytes.map(|byte| children.get(byte).map(|child| child.cloned().node));
    for byte in bytes {
        children.unload(byte);
        children.unload(byte);
        let kind = if byte % 3 == 0 { Kind::Inner } else { Kind::Stem };
        let node = children.get(byte).map(|child| child.node);
        assert!(matches!(node, Some(NodeRef::Unloaded(found)) if found == kind));
    }
    assert_eq!(children.scalars().count(), 256);
    assert_eq!(children.inners_mut().count(), 86 - 3);
    for (byte, node) in bytes.into_iter().zip(nodes) {
        children.load(byte, node.expect("it was there"));
    }
    assert_eq!(list(&children), before);
}
