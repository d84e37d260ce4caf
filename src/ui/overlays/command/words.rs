//! The commands there are: one line each, the same words as in the shell.

/// A command.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui::overlays) struct CommandRow {
    pub word: &'static str,
    pub args: &'static str,
    pub help: &'static str,
}

const fn command(word: &'static str, args: &'static str, help: &'static str) -> CommandRow {
    CommandRow { word, args, help }
}

/// All commands.
pub(in crate::ui::overlays) const COMMANDS: &[CommandRow] = &[
    command(
        "kill",
        "[1-4] [STRATEGY|INST] [FLAT]",
        "raise the kill, K1 if not said; K4 wants FLAT at the end",
    ),
    command("resume", "REASON", "lower every kill; strategies stay paused"),
    command("arm", "STRATEGY", "let a strategy send orders"),
    command("disarm", "STRATEGY", "pause it: entries canceled, protective stops kept"),
    command("mode", "live|analyze", "down at once, up in two steps"),
    command("cancel", "ID|all|strat:NAME|inst:SYM", "cancel one order, or many after their count"),
    command(
        "close",
        "STRATEGY INST | all|strat:NAME|inst:SYM",
        "close a position, or every one of a scope, at market, reduce-only",
    ),
    command("modify", "ID", "opens the change of a working order"),
    command(
        "buy",
        "QTY INST [@PRICE] [^TRIGGER] [trail:D] [stop:P] [target:P] [each:Q] [ioc|day|gtc] [post] [reduce]",
        "opens the filled ticket; sends nothing",
    ),
    command("sell", "as buy", "opens the filled ticket; sends nothing"),
    command(
        "smart",
        "POSITION INST [@PRICE] [as STRATEGY]",
        "opens the ticket of a target position, signed; sends nothing",
    ),
    command(
        "split",
        "buy|sell QTY by EACH INST [@PRICE]",
        "opens the ticket of one large order in children; sends nothing",
    ),
    command("basket", "[FILE]", "review the basket that is being written, or the legs of a CSV file"),
    command("chain", "[UNDERLYING] [N]", "option chain by strike; N is the expiry, 1 the nearest"),
    command("options", "", "options by expiry and offset from the money"),
    command("decide", "BATCH complete|unwind|leave", "settle a batch that has stopped"),
    command("resolve", "ID absent|working|canceled", "say what became of an unknown order, with a reason"),
    command("claim", "STRATEGY INST QTY", "attribute what is EXTERNAL to a strategy"),
    command(
        "limit",
        "NAME VALUE | confirm NAME",
        "change a limit: tighter at once, looser after its delay and a confirmation",
    ),
    command("ack", "ALERT", "take an alert as seen"),
    command("reconcile", "", "compare our books with the broker's now"),
    command("accept", "LINE", "take a line on which the books differ as it is; asks why"),
    command("filter", "WORDS", "narrow rows; nothing shows all"),
    command("view", "1-9|batches|alerts|unknown|books|report|chain", "show a view"),
    command("report", "", "round trips, win rate, drawdown and fees of this session"),
    command("at", "TIME|#EVENT", "replay: go to this instant, as in 13:37:02.5, or this event"),
    command("theme", "default|colorblind|mono", "other colours"),
    command("help", "", "help of this view"),
    command("q", "", "leave, after a question"),
];

/// The row of a command's word.
pub(super) fn row(word: &str) -> Option<&'static CommandRow> {
    COMMANDS.iter().find(|row| row.word == word)
}

/// How a command is written.
pub(super) fn usage(word: &str) -> String {
    row(word).map_or_else(|| unknown(word), |row| format!(":{} {}  {}", row.word, row.args, row.help))
}

/// What is said of a word that is no command.
pub(super) fn unknown(word: &str) -> String {
    let close = COMMANDS.iter().find(|row| row.word.starts_with(word) || word.starts_with(row.word));
    let near = close.or_else(|| COMMANDS.iter().find(|row| row.word.chars().next() == word.chars().next()));
    match near {
        Some(row) => format!("no command '{word}'; did you mean :{}? Tab completes, ? helps", row.word),
        None => format!("no command '{word}'; Tab shows what there is"),
    }
}
