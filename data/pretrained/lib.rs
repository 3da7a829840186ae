//! Model files of networks pretrained on simulated markets, as `cargo run --release --example pretrain` writes them.

/// LSTM for open, high, low and close.
pub const LSTM_OHLC: &[u8] = include_bytes!("lstm-ohlc.safetensors");
/// LSTM for closes only.
pub const LSTM_CLOSE: &[u8] = include_bytes!("lstm-close.safetensors");
/// GRU for open, high, low and close.
pub const GRU_OHLC: &[u8] = include_bytes!("gru-ohlc.safetensors");
/// GRU for closes only.
pub const GRU_CLOSE: &[u8] = include_bytes!("gru-close.safetensors");
/// Simple RNN for open, high, low and close.
pub const RNN_OHLC: &[u8] = include_bytes!("rnn-ohlc.safetensors");
/// Simple RNN for closes only.
pub const RNN_CLOSE: &[u8] = include_bytes!("rnn-close.safetensors");

/// All model files.
pub const ALL: [&[u8]; 6] = [LSTM_OHLC, LSTM_CLOSE, GRU_OHLC, GRU_CLOSE, RNN_OHLC, RNN_CLOSE];
