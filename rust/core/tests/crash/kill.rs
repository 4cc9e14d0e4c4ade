//! A process that writes packets is killed at any moment.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use corollup_core::curve::fixed_base::TableSize;
use corollup_core::store::StateStore;

use crate::support::{DOMAIN, TestFolder, advance, check, create, draw, open, rounds};

/// Where the killed process finds its store.
const STORE: &str = "COROLLUP_CRASH_STORE";

/// What the killed process runs: packets until it is killed. Without a store it does nothing.
#[test]
fn writer() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let store = open(path.as_ref()).expect("nobody has it");
    let state = StateStore::open(store, &DOMAIN, 3).expect("its own file");
    let mut state = state.expect("it has a state");
    let mut tree = state.tree(TableSize::Small).expect("its root");
    loop {
        let number = advance(&mut state, &mut tree).expect("the store writes");
        println!("committed {number}");
    }
}

#[test]
fn test_a_killed_process_leaves_a_packet() {
    let folder = TestFolder::new("kill");
    let path = folder.join("state");
    create(open(&path).expect("a new file")).expect("a new store");
    let mut slowest = Duration::ZERO;
    let mut last = 0;
    for round in 0..rounds(6) {
        let mut process = Command::new(std::env::current_exe().expect("this test"))
            .args(["kill::writer", "--exact", "--nocapture"])
            .env(STORE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut committed = last;
        // The kill comes at a random moment after a random number of packets.
        let target = last + 1 + draw(round, 0) % 8;
        while committed < target {
            let line = lines.next().expect("it writes until it is killed").expect("text");
            if let Some((_, number)) = line.split_once("committed ") {
                committed = number.parse().expect("a number");
            }
        }
        std::thread::sleep(Duration::from_micros(draw(round, 1) % 20_000));
        process.kill().expect("it runs");
        process.wait().expect("it ends");
        for line in lines {
            let line = line.expect("text");
            if let Some(number) = line.strip_prefix("committed ").and_then(|n| n.parse().ok()) {
                committed = number;
            }
        }

        let started = Instant::now();
        let store = open(&path).expect("it opens after a kill");
        slowest = slowest.max(started.elapsed());
        let head = check(store).expect("a packet");
        assert!(head >= committed, "round {round}: at {head}, {committed} was committed");
        last = head;
    }
    eprintln!("{} kills, {last} packets, slowest opening {slowest:?}", rounds(6));
}
