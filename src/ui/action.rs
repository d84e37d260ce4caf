//! What a key can mean: the vocabulary of actions, where each one is understood, and what guards it.

/// Where a key is pressed. Dispatch looks into the context of the overlay or the focused panel first, then `Global`;
/// `Always` comes before everything, also while text is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    Always,
    Global,
    Strategies,
    Book,
    Orders,
    Trades,
    Chart,
    Events,
    Log,
    Risk,
    Batches,
    Alerts,
    /// Orders whose fate is not proven.
    Unknown,
    /// Our books against the broker's.
    Books,
    /// Options by strike.
    Chain,
    /// Panels that only show: P&L, system, tape.
    Plain,
    Kill,
    Ticket,
    /// Orders put aside, before they are sent as one.
    Basket,
    /// Options by their offsets from the money.
    Options,
    /// A strategy in full.
    Strategy,
    /// Overlays that show and scroll: help, row detail, halt report.
    Reader,
    /// A question with Enter and Esc.
    Question,
    /// The mode box of a live run.
    Rearm,
    /// The question what becomes of the engine.
    Leaving,
    /// A recorded session is shown: these come before the panel's own.
    Replay,
}

/// An action. The order here is the order of `TABLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Kill,
    Redraw,
    Leave,
    Back,
    Help,
    CommandLine,
    Filter,
    NextMatch,
    PreviousMatch,
    Menu,
    View1,
    View2,
    View3,
    View4,
    View5,
    View6,
    View7,
    View8,
    View9,
    Batches,
    Alerts,
    Unknown,
    Books,
    Report,
    Chain,
    BasketReview,
    OptionsTicket,
    NextPanel,
    PreviousPanel,
    Down,
    Up,
    Left,
    Right,
    Top,
    Bottom,
    HalfPageDown,
    HalfPageUp,
    ZoomIn,
    ZoomOut,
    Centre,
    Follow,
    PreviousInstrument,
    NextInstrument,
    BuyTicket,
    SellTicket,
    CancelOrder,
    Modify,
    CancelAll,
    Close,
    Detail,
    Trace,
    Copy,
    Arm,
    KillStrategy,
    KillInstrument,
    PreviousExpiry,
    NextExpiry,
    PreviousUnderlying,
    NextUnderlying,
    TradeContract,
    Mode,
    ToAnalyze,
    Resume,
    LogLess,
    LogMore,
    KillRaise,
    KillAll,
    KillFlatten,
    KillScopeStrategy,
    KillScopeInstrument,
    KillScopeAll,
    KillReason,
    NextField,
    PreviousField,
    StepUp,
    StepDown,
    Submit,
    FlipSide,
    Stage,
    DropLeg,
    OnFailure,
    Complete,
    Unwind,
    LeaveBatch,
    SayAbsent,
    SayWorking,
    SayCanceled,
    Acknowledge,
    ChangeLimit,
    ConfirmLimit,
    Claim,
    AcceptLine,
    Reconcile,
    Accept,
    PlayPause,
    SecondBack,
    SecondOn,
    MinuteBack,
    MinuteOn,
    EventOn,
    EventBack,
    PreviousTrade,
    NextTrade,
    PreviousOrder,
    NextOrder,
    PreviousAlert,
    NextAlert,
    Slower,
    Faster,
    SessionStart,
    SessionEnd,
}

/// What stands between the key and the deed. Part of the action, so no rebinding can take it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Acts at once: looks only, or takes risk away.
    None,
    /// Shows what it will do; Enter does it.
    Confirm,
    /// Two separate Enter presses, repeats and pastes ignored.
    TwoBeats,
    /// A word has to be typed.
    Typed,
}

/// Where an action stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Anywhere,
    Move,
    Trade,
    Strategies,
    KillPanel,
    Ticket,
    Batches,
    Watch,
    Replay,
}

/// One row of the table that feeds dispatch, footer, help, README and `flightdeck keys`.
#[derive(Debug, Clone, Copy)]
pub struct ActionRow {
    pub action: Action,
    /// The word of the palette and of tests.
    pub name: &'static str,
    pub contexts: &'static [Context],
    /// Each is a sequence of strokes divided by spaces: `^K`, `g g`, `S-Tab`.
    pub keys: &'static [&'static str],
    /// What the footer says after the key; empty is not shown there.
    pub hint: &'static str,
    pub group: Group,
    pub help: &'static str,
    pub guard: Guard,
}

impl Guard {
    /// The words of the help.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Confirm => "asks",
            Self::TwoBeats => "Enter twice",
            Self::Typed => "type the word",
        }
    }
}

impl Group {
    /// All groups in the order of the help.
    pub const ALL: [Self; 9] = [
        Self::Anywhere,
        Self::Move,
        Self::Trade,
        Self::Strategies,
        Self::KillPanel,
        Self::Ticket,
        Self::Batches,
        Self::Watch,
        Self::Replay,
    ];

    /// The heading of the help.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anywhere => "ANYWHERE",
            Self::Move => "MOVE",
            Self::Trade => "ORDERS AND POSITIONS",
            Self::Strategies => "STRATEGIES",
            Self::KillPanel => "KILL PANEL",
            Self::Ticket => "TICKET AND QUESTIONS",
            Self::Batches => "BASKETS AND BATCHES",
            Self::Watch => "RISK, ALERTS, BOOKS",
            Self::Replay => "REPLAY",
        }
    }
}

impl Context {
    /// The word of the key table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "everywhere, also while typing",
            Self::Global => "everywhere",
            Self::Strategies => "strategies",
            Self::Book => "book",
            Self::Orders => "orders",
            Self::Trades => "trades",
            Self::Chart => "chart",
            Self::Events => "events",
            Self::Log => "log",
            Self::Risk => "risk",
            Self::Batches => "batches",
            Self::Alerts => "alerts",
            Self::Unknown => "unknown orders",
            Self::Books => "books",
            Self::Chain => "option chain",
            Self::Plain => "other panels",
            Self::Kill => "kill panel",
            Self::Ticket => "ticket",
            Self::Basket => "basket",
            Self::Options => "options",
            Self::Strategy => "strategy detail",
            Self::Reader => "help and detail",
            Self::Question => "questions",
            Self::Rearm => "mode box in live",
            Self::Leaving => "leave prompt",
            Self::Replay => "replay",
        }
    }
}
