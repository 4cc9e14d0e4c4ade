//! The 82 public cases of `verify_kzg_proof`: our check of an opening, and the precompile that L1
//! and L2 check one with.

use std::path::{Path, PathBuf};

use alloy_primitives::hex;
use corollup_core::curve::opening::verify_opening;
use corollup_core::curve::{Point, Scalar};
use revm::precompile::kzg_point_evaluation;
use sha2::{Digest, Sha256};

const CASES: usize = 82;
const PRECOMPILE_GAS: u64 = 50_000;

/// A case; the answer is none where the input is malformed.
struct Case {
    name: String,
    commitment: Vec<u8>,
    place: Vec<u8>,
    value: Vec<u8>,
    proof: Vec<u8>,
    answer: Option<bool>,
}

#[test]
fn test_openings_are_verified_as_the_public_cases_say() {
    let Some(cases) = read_cases() else { return };
    for case in cases {
        assert_eq!(verify(&case), case.answer, "{}", case.name);
    }
}

#[test]
fn test_point_evaluation_precompile_answers_as_the_public_cases_say() {
    let Some(cases) = read_cases() else { return };
    for case in cases {
        let mut versioned_hash = Sha256::digest(&case.commitment);
        versioned_hash[0] = 1;
        let input =
            [&versioned_hash[..], &case.place, &case.value, &case.commitment, &case.proof].concat();
        let accepted = kzg_point_evaluation::run(&input, PRECOMPILE_GAS).is_ok();
        assert_eq!(accepted, case.answer == Some(true), "{}", case.name);
    }
}

fn verify(case: &Case) -> Option<bool> {
    let point = |bytes: &[u8]| {
        let point = Point::from_compressed(bytes.try_into().ok()?).ok()?;
        point.is_in_group().then_some(point)
    };
    let scalar = |bytes: &[u8]| Scalar::from_bytes(bytes.try_into().ok()?);
    let commitment = point(&case.commitment)?;
    let (place, value) = (scalar(&case.place)?, scalar(&case.value)?);
    let proof = point(&case.proof)?;
    Some(verify_opening(vec![commitment], vec![Scalar::from_u64(1)], place, value, &proof))
}

/// The cases; none where the external data is absent, which `CI=true` does not allow.
fn read_cases() -> Option<Vec<Case>> {
    let root = std::env::var_os("COROLLUP_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let Ok(folder) = std::fs::read_dir(root.join("kzg")) else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no external data at {root:?}");
        eprintln!("skipped: no external data at {root:?}: set COROLLUP_DATA to the data folder");
        return None;
    };
    let cases: Vec<Case> =
        folder.map(|entry| read_case(&entry.expect("a folder entry").path())).collect();
    assert_eq!(cases.len(), CASES);
    Some(cases)
}

/// Reads the few lines `name: 'value'` of a case.
fn read_case(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a file");
    let field = |name: &str| {
        let start = format!("{name}: ");
        let line = text.lines().find_map(|line| line.trim().strip_prefix(&start).map(str::trim));
        line.expect("every case has every field").trim_matches('\'')
    };
    let bytes = |name| hex::decode(field(name)).expect("hex");
    Case {
        name: path.display().to_string(),
        commitment: bytes("commitment"),
        place: bytes("z"),
        value: bytes("y"),
        proof: bytes("proof"),
        answer: match field("output") {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
    }
}
