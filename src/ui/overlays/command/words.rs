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
    command("close", "STRATEGY INST", "close a position at market, reduce-only"),
    command(
        "buy",
        "QTY INST [@PRICE] [^TRIGGER] [ioc|day|gtc] [post] [reduce]",
        "opens the filled ticket; sends nothing",
    ),
    command(
        "sell",
        "QTY INST [@PRICE] [^TRIGGER] [ioc|day|gtc] [post] [reduce]",
        "opens the filled ticket; sends nothing",
    ),
    command("filter", "WORDS", "narrow rows; nothing shows all"),
    command("view", "1-9", "show a view"),
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
