//! A leg in words, as the cockpit's command line and the shell take an order.

use super::order_ask::OptionText;
use super::order_text::OrderText;
use crate::model::{DisplayText, Right, Side, TimeInForce};

/// `buy 0.01 BTCUSDT @61000 ^60000 gtc post reduce`; the error names the word that is none.
pub fn leg_of_words(words: &str) -> Result<OrderText, String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let [side_word, qty, symbol, rest @ ..] = words.as_slice() else {
        return Err("expected SIDE QTY SYMBOL [@PRICE] [^TRIGGER] [ioc|day|gtc] [post] [reduce]".to_owned());
    };
    let mut order = OrderText {
        side: side_of_word(side_word)?,
        qty: (*qty).to_owned(),
        symbol: DisplayText::new(symbol),
        price: None,
        trigger: None,
        trail: None,
        tif: None,
        post_only: false,
        reduce_only: false,
    };
    for word in rest {
        match (word.strip_prefix('@'), word.strip_prefix('^'), *word) {
            (Some(price), _, _) => order.price = Some(price.to_owned()),
            (_, Some(trigger), _) => order.trigger = Some(trigger.to_owned()),
            (_, _, "post") => order.post_only = true,
            (_, _, "reduce") => order.reduce_only = true,
            (_, _, word) => order.tif = Some(tif_of_word(word)?),
        }
    }
    Ok(order)
}

/// `sell 75 otm1 put next`; the error names the word that is none.
pub fn option_of_words(words: &str) -> Result<OptionText, String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let (side_word, qty, offset, right_word, expiry) = match words.as_slice() {
        [side, qty, offset, right] => (side, qty, offset, right, None),
        [side, qty, offset, right, expiry] => (side, qty, offset, right, Some((*expiry).to_owned())),
        _ => return Err("expected SIDE QTY OFFSET RIGHT [EXPIRY], as in sell 75 otm1 put next".to_owned()),
    };
    let (qty, offset) = ((*qty).to_owned(), (*offset).to_owned());
    Ok(OptionText { side: side_of_word(side_word)?, qty, offset, right: right_of_word(right_word)?, expiry })
}

/// `buy` or `sell`.
pub(super) fn side_of_word(word: &str) -> Result<Side, String> {
    match word.to_ascii_lowercase().as_str() {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(format!("side: {word:?}: expected buy or sell")),
    }
}

/// `ioc`, `day` or `gtc`.
pub(super) fn tif_of_word(word: &str) -> Result<TimeInForce, String> {
    match word.to_ascii_lowercase().as_str() {
        "ioc" => Ok(TimeInForce::Ioc),
        "day" => Ok(TimeInForce::Day),
        "gtc" => Ok(TimeInForce::Gtc),
        _ => Err(format!("{word:?} is no word of an order: @PRICE ^TRIGGER ioc day gtc post reduce")),
    }
}

/// `call` or `ce`, `put` or `pe`.
pub(super) fn right_of_word(word: &str) -> Result<Right, String> {
    match word.to_ascii_lowercase().as_str() {
        "call" | "ce" => Ok(Right::Call),
        "put" | "pe" => Ok(Right::Put),
        _ => Err(format!("right: {word:?}: expected call or put")),
    }
}

#[cfg(test)]
mod tests {
    use super::{leg_of_words as order, option_of_words as option};

    #[test]
    fn a_leg_reads_as_it_is_said_and_numbers_stay_as_written() {
        let leg = order("sell 0.10 BTCUSDT @61000.0 ^60900 DAY post reduce").unwrap();
        assert_eq!(
            (leg.qty.as_str(), leg.price.as_deref(), leg.trigger.as_deref()),
            ("0.10", Some("61000.0"), Some("60900"))
        );
        assert!(leg.post_only && leg.reduce_only);
        assert!(order("buy 1").unwrap_err().starts_with("expected SIDE"));
        assert!(order("hold 1 X").unwrap_err().starts_with("side: \"hold\""));
        assert!(order("buy 1 X 61000").unwrap_err().contains("\"61000\" is no word"));
        assert_eq!(option("buy 75 atm CE").unwrap().expiry, None);
        assert!(option("buy 75 atm straddle").unwrap_err().starts_with("right:"));
    }
}
