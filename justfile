# The main steps of CI; .ci/run has all of them.

default: fmt clippy doc test fuzz

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked

test:
    cargo test

# Runs on stable Rust; needs a C++ compiler.
fuzz target="both" seconds="120":
    fuzz/run {{target}} {{seconds}}
