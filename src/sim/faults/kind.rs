//! The kinds of fault a simulated broker, market, clock or operator can do to the engine, each with its number in the
//! reliability list.

/// What is known of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindInfo {
    pub kind: FaultKind,
    /// Its number in the reliability list.
    pub id: &'static str,
    /// What happens, in a few words.
    pub doc: &'static str,
    /// Strikes in ten thousand opportunities where a seed has it switched on at its usual rate.
    pub(super) chance: u32,
}

/// A fault of the list that the simulation does not inject, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotInjected {
    pub id: &'static str,
    pub why: &'static str,
}

/// One line a kind: its name, number, chance and meaning.
macro_rules! kinds {
    ($($name:ident $id:literal $chance:literal $doc:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultKind {
            $(#[doc = $doc] $name,)*
        }

        /// Every kind that is injected, in the order of the list.
        pub const KINDS: &[KindInfo] = &[
            $(KindInfo { kind: FaultKind::$name, id: $id, doc: $doc, chance: $chance },)*
        ];
    };
}

kinds! {
    AckLost "F-001" 500 "the acknowledgement is lost, the order lives";
    RequestLost "F-002" 300 "the order never arrives";
    LateRequest "F-003" 300 "the order arrives seconds late";
    DupAck "F-004" 500 "the acknowledgement comes twice";
    SecondVenueId "F-005" 400 "a second acknowledgement names another venue id";
    FillBeforeAck "F-006" 600 "fills overtake the acknowledgement";
    FillsOutOfOrder "F-007" 500 "a fill is overtaken by later ones";
    DupFill "F-008" 600 "a fill is told twice";
    FillIdReused "F-009" 400 "a fill carries the id of another order's fill";
    Overfill "F-010" 260 "the venue fills more than was ordered";
    AbsurdFill "F-011" 250 "a fill of no size, price or worth is told";
    PartialThenCancel "F-012" 800 "an order fills in part just before its cancel";
    FillAfterEnd "F-013" 1100 "a fill is told after the cancel that it preceded";
    RejectAfterAck "F-014" 400 "an acknowledged order is rejected";
    CancelRejected "F-015" 800 "the venue refuses a cancel";
    CancelAckLost "F-016" 900 "the confirmation of a cancel is lost";
    CancelInFlight "F-017" 300 "a cancel is asked for while the order is on its way";
    ReplaceRace "F-018" 6000 "a fill, a refusal or a delay meets a replace";
    PhantomCancel "F-019" 9000 "a replace confirms the old leg as canceled first";
    Unsolicited "F-020" 80 "the venue cancels or expires an order by itself";
    ForeignOrder "F-021" 60 "somebody else's order fills on the account";
    UnknownEpoch "F-022" 45 "a report names an order of ours that we never sent";
    GhostOrder "F-023" 60 "the venue forgets an open order without a word";
    GhostPosition "F-024" 150 "a snapshot tells a position that is not so";
    UnitLie "F-025" 150 "a snapshot has the sign or the unit wrong";
    EmptySnapshot "F-026" 250 "a snapshot is empty because of an error";
    LaggingSnapshot "F-027" 400 "a snapshot comes seconds late";
    SnapshotRace "F-028" 400 "an older snapshot comes after a newer one";
    Bust "F-029" 60 "the venue takes a fill back";
    Liquidation "F-030" 45 "the broker closes a part of the position";
    FundsReject "F-031" 400 "the venue rejects for funds or a price band";
    Storm "F-032" 4000 "a strategy floods the gate with orders and cancels";
    LegFails "F-033" 2500 "a leg of a batch is rejected";
    StopRejected "F-034" 5000 "the venue rejects a stop";
    TwoExits "F-035" 80 "two exits are asked for at once";
    ReplayedIntent "F-037" 1500 "a command is delivered twice";
    FeeMissing "F-038" 500 "a fill tells no fee";
    RateLimited "F-100" 300 "429: definitely not taken";
    ServerError "F-101" 300 "5xx: taken or not, nobody says";
    Timeout "F-102" 400 "a timeout before or after the first byte";
    Malformed "F-103" 300 "an answer that cannot be read";
    HugeBody "F-104" 300 "a snapshot too large to take is dropped";
    TlsRefused "F-105" 30 "the connection drops and its certificate is refused for a while";
    DnsLost "F-106" 30 "the connection drops and the name does not resolve for a while";
    Dropped "F-107" 35 "the stream drops in the middle of messages";
    HalfOpen "F-108" 30 "the peer is gone and nobody says so for seconds";
    Mute "F-109" 30 "connected, and no market data comes";
    ReconnectStorm "F-110" 30 "the link flaps";
    Replayed "F-111" 60 "the last reports are replayed";
    SequenceGap "F-112" 60 "the market's sequence has a hole";
    TokenExpired "F-113" 30 "everything is refused as unauthorised for a while";
    Maintenance "F-114" 30 "the venue is closed for maintenance";
    HalfEndpoints "F-115" 35 "questions are not answered, orders are";
    OneWay "F-116" 30 "we send and hear nothing";
    Slow "F-117" 30 "messages take seconds";
    StaleFeed "F-200" 40 "one instrument's quotes stop";
    BadBook "F-201" 40 "a crossed, locked or one-sided quote";
    Spike "F-202" 40 "a price ten times off, zero or negative";
    BadTimes "F-204" 60 "a quote's venue time lies in the future or the past";
    OldTicks "F-205" 60 "quotes come twice or out of order";
    Burst "F-206" 30 "a hundred quotes at one instant";
    UnknownSymbol "F-209" 40 "data and fills of an instrument nobody knows";
    StaleReplay "F-210" 35 "old quotes are replayed after a reconnect";
    ClockJump "F-300" 30 "our clock jumps an hour ahead or back";
    Suspend "F-301" 30 "the process sleeps for seconds";
    Starved "F-303" 30 "the timer does not come for seconds";
    JournalFull "F-400" 30 "the journal cannot be written: new risk is not sent";
    JournalDead "F-401" 24 "the journal is dead until a restart";
    JournalSlow "F-402" 35 "the journal is slow: new risk leaves late or not at all";
    Crash "F-404" 40 "the process dies here: what is on disk must give the same state";
    KillInFlight "F-600" 250 "a kill meets an order in flight";
    KillWhileDown "F-601" 30 "a kill meets a broker that cannot be reached";
    KillJournalDead "F-602" 30 "a kill meets a journal that cannot be written";
    KillThrice "F-603" 30 "a kill comes from three sides at once";
    KillInBurst "F-604" 30 "a kill meets a burst of quotes";
    CancelLimited "F-605" 30 "the venue takes no cancels for a while, under a kill";
    CrashInKill "F-606" 30 "the process dies between a kill and its cancels";
    Blip "F-607" 60 "the feed is silent for a third of a second";
    FlattenBlind "F-608" 30 "a flatten meets a market without prices";
    FlattenRace "F-609" 30 "a flatten meets exits that are filling";
    ScriptResume "F-610" 60 "something that is not a human asks to resume";
    DeadMan "F-611" 30 "the venue's dead-man switch cancels everything";
}

/// What the list has and the simulation leaves to other proofs.
pub const NOT_INJECTED: &[NotInjected] = &[
    NotInjected {
        id: "F-036",
        why: "client ids are derived from run and number; a unit test proves them distinct",
    },
    NotInjected { id: "F-203", why: "no instrument of this version may have a negative price" },
    NotInjected {
        id: "F-207",
        why: "a contract's terms are fixed for a run; a new generation needs a restart",
    },
    NotInjected { id: "F-208", why: "session calendars are proven over years by their own tests" },
    NotInjected {
        id: "F-302",
        why: "the core counts UTC nanoseconds; session calendars have their own tests",
    },
    NotInjected { id: "F-403", why: "bytes of a damaged file: the store's tests" },
    NotInjected { id: "F-405", why: "two files of one store that disagree: the store's tests" },
];

impl FaultKind {
    /// Its place in `KINDS`.
    #[expect(clippy::as_conversions, reason = "the discriminant of a field-less enum is its place")]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its number in the reliability list.
    pub fn id(self) -> &'static str {
        KINDS.get(self.index()).map_or("", |info| info.id)
    }

    /// The kind of a number.
    pub fn of_id(id: &str) -> Option<Self> {
        KINDS.iter().find(|info| info.id == id).map(|info| info.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultKind, KINDS, NOT_INJECTED};

    #[test]
    fn every_kind_stands_once_in_the_order_of_the_list() {
        let ids: Vec<&str> = KINDS.iter().map(|info| info.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "sorted and without a double");
        assert!(KINDS.iter().enumerate().all(|(index, info)| info.kind.index() == index));
        assert!(KINDS.iter().all(|info| FaultKind::of_id(info.id) == Some(info.kind)));
    }

    #[test]
    fn every_number_of_the_list_is_injected_or_says_why_not() {
        let numbers =
            (1..=38).chain(100..=117).chain(200..=210).chain(300..=303).chain(400..=405).chain(600..=611);
        for number in numbers {
            let id = format!("F-{number:03}");
            let injected = KINDS.iter().any(|info| info.id == id);
            let excused = NOT_INJECTED.iter().any(|line| line.id == id);
            assert!(injected != excused, "{id}");
        }
    }
}
