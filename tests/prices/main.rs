//! The reader of price files: layouts, damage, round trips and the fuzzer's corpus.

mod ambiguous;
mod beside_prices;
mod corpus;
mod damage;
mod false_alarms;
mod formats;
mod frequency;
mod layouts;
mod left_out;
mod mini;
mod not_prices;
mod parquet;
mod public_layouts;
mod random;
mod roundtrip;
mod several;
mod tables;
mod user_errors;
mod wide;
