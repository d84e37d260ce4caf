//! The recording that comes with the program.

/// Six minutes of `BTCUSDT` (Binance USD-M) and `ETHUSD_PERP` (Binance COIN-M), 8 August 2024: books, quotes and trades.
/// Its source and licence are in its header and beside it in `assets/`.
pub const BUILT_IN: &[u8] = include_bytes!("../../../assets/market.tape");

/// What errors and screens call it.
pub const BUILT_IN_NAME: &str = "built-in recording";
