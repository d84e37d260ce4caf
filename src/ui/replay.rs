//! What the screen may do while it shows the past: move the cursor, look, and send nothing.

use super::action::Action;
use super::effect::Effect;
use super::overlay_kind::OverlayKind;
use crate::model::Span;
use crate::wire::{MarkKind, Wind};

/// What is said of whatever would have been sent.
pub(super) const READ_ONLY: &str = "REPLAY: nothing can be sent";

impl Action {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a few of many")]
    /// How it moves a replay's cursor, if it does.
    pub const fn wind(self) -> Option<Wind> {
        Some(match self {
            Self::PlayPause => Wind::Toggle,
            Self::SecondBack => Wind::By(Span::from_secs(-1)),
            Self::SecondOn => Wind::By(Span::from_secs(1)),
            Self::MinuteBack => Wind::By(Span::from_secs(-60)),
            Self::MinuteOn => Wind::By(Span::from_secs(60)),
            Self::EventOn => Wind::StepOn,
            Self::EventBack => Wind::StepBack,
            Self::PreviousTrade => Wind::Previous(MarkKind::Trade),
            Self::NextTrade => Wind::Next(MarkKind::Trade),
            Self::PreviousOrder => Wind::Previous(MarkKind::Order),
            Self::NextOrder => Wind::Next(MarkKind::Order),
            Self::PreviousAlert => Wind::Previous(MarkKind::Alert),
            Self::NextAlert => Wind::Next(MarkKind::Alert),
            Self::Slower => Wind::Slower,
            Self::Faster => Wind::Faster,
            Self::SessionStart => Wind::Start,
            Self::SessionEnd => Wind::End,
            _ => return None,
        })
    }

    /// Whether it leads to something that is sent: the past takes none of them.
    pub const fn is_for_the_present(self) -> bool {
        matches!(
            self,
            Self::Kill
                | Self::BasketReview
                | Self::OptionsTicket
                | Self::BuyTicket
                | Self::SellTicket
                | Self::TradeContract
                | Self::CancelOrder
                | Self::Modify
                | Self::CancelAll
                | Self::Close
                | Self::Arm
                | Self::KillStrategy
                | Self::KillInstrument
                | Self::Mode
                | Self::ToAnalyze
                | Self::Resume
                | Self::Submit
                | Self::Stage
                | Self::Complete
                | Self::Unwind
                | Self::LeaveBatch
                | Self::SayAbsent
                | Self::SayWorking
                | Self::SayCanceled
                | Self::Acknowledge
                | Self::ChangeLimit
                | Self::ConfirmLimit
                | Self::Claim
                | Self::AcceptLine
                | Self::Reconcile
        )
    }
}

impl Effect {
    /// Whether it sends something or opens what does.
    pub(super) const fn is_for_the_present(&self) -> bool {
        match self {
            Self::Send(_)
            | Self::Kill { .. }
            | Self::WhatIf(_)
            | Self::WhatIfBatch(_)
            | Self::AskBroker(_)
            | Self::Ask(_)
            | Self::Ticket(_)
            | Self::Stage(_)
            | Self::StageAll(..) => true,
            Self::Open(kind) => kind.is_for_the_present(),
            Self::Close
            | Self::CloseThen(_)
            | Self::Both(..)
            | Self::Select(_)
            | Self::Filter(_)
            | Self::Scroll(_)
            | Self::View(_)
            | Self::Zoom(_)
            | Self::Copy(_)
            | Self::Toast(_)
            | Self::Quit { .. }
            | Self::Nothing
            | Self::Redraw
            | Self::Act(_)
            | Self::Theme(_)
            | Self::Unstage(_)
            | Self::ClearBasket
            | Self::Command(_)
            | Self::Wind(_)
            | Self::Remember(_) => false,
        }
    }
}

impl OverlayKind {
    /// Whether it is there to send something.
    const fn is_for_the_present(self) -> bool {
        match self {
            Self::Ticket(_)
            | Self::Kill
            | Self::Mode
            | Self::Resume
            | Self::Modify(_)
            | Self::Basket
            | Self::Options
            | Self::Resolve(..)
            | Self::AcceptLine(_) => true,
            Self::Help
            | Self::HelpOf(_)
            | Self::Detail
            | Self::Trace
            | Self::Command
            | Self::Filter
            | Self::Menu
            | Self::Quit => false,
        }
    }
}
