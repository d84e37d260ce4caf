//! Who sends an operation, and the sending.

use super::show;
use crate::commands::door_client::ask;
use crate::commands::exit::Exit;
use crate::commands::mode::ModeWord;
use crate::model::{DisplayText, Mode, Side, TimeInForce};
use crate::serve::DoorRequest;
use crate::wire::{Operation, OrderAsk, OrderText};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Taken by every operation.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct SenderArgs {
    /// Whose orders and positions; entries by hand are `manual`'s
    #[arg(long, value_name = "NAME", default_value = "manual", global = true)]
    pub strategy: String,
    /// The mode the engine has to be in: in another one the order is denied
    #[arg(long, global = true)]
    pub mode: Option<ModeWord>,
    /// The reason in a word, for the log
    #[arg(long, value_name = "WORD", default_value = "order command", global = true)]
    pub label: String,
    /// Print the answer as one JSON document
    // Its own name: `json` of `run` would be set with it, and no flag of `run` may stand beside another subcommand.
    #[arg(id = "order_json", long = "json", global = true)]
    pub json: bool,
}

/// Buy or sell on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SideWord {
    Buy,
    Sell,
}

/// How long an order lives, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TifWord {
    /// Until the end of the trading day
    Day,
    /// What cannot trade at once is canceled
    Ioc,
    /// Until canceled
    Gtc,
}

/// What makes an order trade and how it behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct TermsArgs {
    /// Limit price; without it the order is a market order
    #[arg(long, allow_hyphen_values = true)]
    pub price: Option<String>,
    /// Trigger of a stop; with --price of a stop-limit
    #[arg(long, allow_hyphen_values = true)]
    pub trigger: Option<String>,
    /// Distance at which the trigger of a trailing stop follows the market; needs --trigger
    #[arg(long, allow_hyphen_values = true)]
    pub trail: Option<String>,
    /// How long it lives [default: ioc for a market order, gtc for others]
    #[arg(long)]
    pub tif: Option<TifWord>,
    /// Never take liquidity
    #[arg(long)]
    pub post_only: bool,
    /// Never enlarge or flip the position
    #[arg(long)]
    pub reduce_only: bool,
}

/// Side, quantity and symbol.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct WhatArgs {
    /// Buy or sell
    pub side: SideWord,
    /// How much, in units of the instrument
    #[arg(allow_hyphen_values = true)]
    pub qty: String,
    /// The instrument
    pub symbol: String,
}

/// Where operations go and in whose name.
pub(super) struct Desk {
    pub(super) place: PathBuf,
    pub(super) sender: SenderArgs,
}

impl SideWord {
    pub(super) const fn side(self) -> Side {
        match self {
            Self::Buy => Side::Buy,
            Self::Sell => Side::Sell,
        }
    }
}

impl TifWord {
    pub(super) const fn tif(self) -> TimeInForce {
        match self {
            Self::Day => TimeInForce::Day,
            Self::Ioc => TimeInForce::Ioc,
            Self::Gtc => TimeInForce::Gtc,
        }
    }
}

impl WhatArgs {
    /// The order on these terms.
    pub(super) fn on(&self, terms: &TermsArgs) -> OrderText {
        OrderText {
            side: self.side.side(),
            qty: self.qty.clone(),
            symbol: DisplayText::new(&self.symbol),
            price: terms.price.clone(),
            trigger: terms.trigger.clone(),
            trail: terms.trail.clone(),
            tif: terms.tif.map(TifWord::tif),
            post_only: terms.post_only,
            reduce_only: terms.reduce_only,
        }
    }
}

impl Desk {
    /// Sends an operation and shows its outcome.
    pub(super) fn send(&self, operation: Operation) -> anyhow::Result<Exit> {
        self.send_legs(operation, &[])
    }

    /// The same without sending anything: what would the gate say?
    pub(super) fn dry_run(&self, operation: Operation) -> anyhow::Result<Exit> {
        let ask = OrderAsk { dry_run: true, ..self.ask_for(operation) };
        show::show(&self.put(ask)?, self.sender.json, &[])
    }

    /// As `send`; `places` says where each leg was written, for what is wrong with one.
    pub(super) fn send_legs(&self, operation: Operation, places: &[String]) -> anyhow::Result<Exit> {
        show::show(&self.put(self.ask_for(operation))?, self.sender.json, places)
    }

    fn ask_for(&self, operation: Operation) -> OrderAsk {
        let mode = self.sender.mode.map(|mode| match mode {
            ModeWord::Live => Mode::Live,
            ModeWord::Analyze => Mode::Analyze,
        });
        OrderAsk {
            strategy: Some(DisplayText::new(&self.sender.strategy)),
            mode,
            label: DisplayText::new(&self.sender.label),
            dry_run: false,
            ask: operation,
        }
    }

    fn put(&self, order: OrderAsk) -> anyhow::Result<crate::serve::DoorReply> {
        Ok(ask(&self.place, &DoorRequest::Order(Box::new(order)))?)
    }
}
