# What CI does, step by step: `just` runs all of it.

default: fmt clippy doc test fuzz

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --all-targets --locked -- -D warnings

doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked

test:
    cargo test

# Stable Rust is enough; needs a C++ compiler.
fuzz seconds="120":
    fuzz/run {{seconds}}
