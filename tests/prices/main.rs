//! The reader of price files: layouts, damage, round trips and the fuzzer's corpus.

mod corpus;
mod damage;
mod formats;
mod frequency;
mod honest;
mod kinds;
mod layouts;
mod mini;
mod misread;
mod parquet;
mod roundtrip;
mod several;
mod slips;
mod tables;
mod wide;
