//! Replays the corpus of the fuzz targets, so that what once hurt is tried on every build.

use std::path::Path;
use std::time::{Duration, Instant};

use super::read_bytes;

#[test]
fn every_message_of_the_fuzz_corpus_is_read_in_bounded_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/mail");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 40, "the corpus has {} files", files.len());
    for file in files {
        let start = Instant::now();
        let read = read_bytes(&std::fs::read(&file).unwrap());
        assert!(!read.identity.is_empty());
        let took = start.elapsed();
        assert!(took < Duration::from_secs(5), "{} took {took:?}", file.display());
    }
}
