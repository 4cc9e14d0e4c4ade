//! Benchmarks of `corollup-core`, one file a subject; `make bench` runs them.
