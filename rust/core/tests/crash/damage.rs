//! A file that somebody changed: it opens and is right, or it is refused.

use corollup_core::curve::fixed_base::TableSize;
use corollup_core::error::Error;
use corollup_core::store::{StateStore, StoreError};

use crate::support::{DOMAIN, TestFolder, advance, check, create, draw, open, rounds};

#[test]
fn test_a_damaged_file_is_right_or_refused() {
    let folder = TestFolder::new("damage");
    let path = folder.join("state");
    create(open(&path).expect("a new file")).expect("a new store");
    let store = open(&path).expect("nobody has it");
    let mut state =
        StateStore::open(store, &DOMAIN, 3).expect("its own file").expect("it has a state");
    let mut tree = state.tree(TableSize::Small).expect("its root");
    for _ in 0..5 {
        advance(&mut state, &mut tree).expect("the store writes");
    }
    drop((state, tree));
    let sound = std::fs::read(&path).expect("the file");
    let used = sound.len() as u64;
    let mut refused = 0;
    for round in 0..rounds(24) {
        let mut damaged = sound.clone();
        let place = usize::try_from(draw(round, 0) % used).expect("a small file");
        match round % 3 {
            0 => damaged[place] ^= 1 << (draw(round, 1) % 8),
            1 => damaged[place..(place + 300).min(sound.len())].fill(0),
            _ => damaged.truncate(place),
        }
        std::fs::write(&path, &damaged).expect("the file");
        let result = open(&path).map_err(Error::from).and_then(check);
        match result {
            Ok(head) => assert_eq!(head, 5, "round {round}"),
            Err(Error::Store(StoreError::InUse | StoreError::Full(_))) => {
                panic!("round {round}: not what happened")
            }
            Err(Error::Store(_)) => refused += 1,
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    assert!(refused > 0, "no damage was seen");
    std::fs::write(&path, &sound).expect("the file");
    assert_eq!(open(&path).map_err(Error::from).and_then(check), Ok(5));
}
