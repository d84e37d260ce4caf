//! The sandbox after a restart: what a broker would have kept, from our own books.
#![expect(clippy::wildcard_enum_match_arm, reason = "the rest is what the test is not about")]

use flightdeck::adapters::market_source;
use flightdeck::adapters::tape::OnDamage;
use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::Engine;
use flightdeck::model::{
    AccountSnapshot, BrokerReport, BrokerRequest, Envelope, Found, Order, OrdersSnapshot, RunId, Timestamp,
};
use flightdeck::runtime::{genesis, hired};
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use flightdeck::sim::{Sandbox, World};
use flightdeck::state::{Renumbering, State};
use flightdeck::strategies::declared;
use std::sync::Arc;

fn settings() -> Settings {
    let kinds = declared();
    load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings
}

fn sandbox(state: &State) -> Sandbox {
    let capital = state.genesis().capital.clone();
    let config = PaperConfig { capital, latency: Latency::default(), queue: QueueModel::Trades, seed: 7 };
    Sandbox::new(config, &state.genesis().instruments)
}

/// A world over the built-in recording.
fn world(settings: &Settings) -> World {
    let run = RunId::new(7);
    let genesis = Arc::new(genesis(settings, run, Vec::new()));
    let source = market_source(&settings.feed, &genesis.instruments, 7, Timestamp::EPOCH, OnDamage::Stop)
        .expect("the built-in recording");
    let state = State::new(Arc::clone(&genesis));
    let sandbox = sandbox(&state);
    let hired = hired(settings, &Renumbering::default()).expect("the defaults can be hired");
    World::new(Engine::new(genesis, hired), sandbox, source)
}

fn bytes(state: &State) -> Vec<u8> {
    rmp_serde::to_vec_named(&state.clone().canonical()).expect("a state can be written")
}

/// Plays the recording and gives the states folded from its facts at some of them.
fn cuts() -> Vec<State> {
    let settings = settings();
    let mut world = world(&settings);
    let mut facts = State::new(Arc::new(genesis(&settings, RunId::new(7), Vec::new())));
    let mut found = Vec::new();
    let (mut count, mut out): (u64, Vec<Envelope>) = (0, Vec::new());
    while world.step(&mut out).expect("it plays") && found.len() < 24 {
        let last = out.last().is_some_and(|last| !last.event.is_replaceable());
        let before = count;
        for envelope in out.drain(..).filter(|envelope| !envelope.event.is_replaceable()) {
            facts.apply(&envelope);
            count += 1;
        }
        // At instants that no rhythm of the market shares.
        if last && before / 61 != count / 61 {
            assert_eq!(bytes(world.engine().state()), bytes(&facts), "fact {count} gives another state");
            let read: State = rmp_serde::from_slice(&bytes(&facts)).expect("a state can be read");
            assert_eq!(bytes(&read), bytes(&facts), "written and read it is another state");
            found.push(facts.clone());
        }
    }
    assert!(found.len() > 10, "the recording trades");
    found
}

/// What a sandbox says of itself when it is asked for everything.
fn told(sandbox: &mut Sandbox, at: Timestamp) -> (AccountSnapshot, OrdersSnapshot, Vec<BrokerReport>) {
    sandbox.request(at, BrokerRequest::QueryAccount);
    sandbox.request(at, BrokerRequest::QueryOrders);
    let mut reports = Vec::new();
    sandbox.advance(at, &mut reports);
    let mut account = None;
    let mut orders = None;
    let mut rest = Vec::new();
    for report in reports {
        match report {
            BrokerReport::Account(told) => account = Some(*told),
            BrokerReport::Orders(told) => orders = Some(*told),
            other => rest.push(other),
        }
    }
    (account.expect("an account"), orders.expect("its orders"), rest)
}

#[test]
fn at_any_fact_of_the_recording_the_sandbox_comes_back_as_our_books_have_it() {
    let mut rested = 0;
    for state in cuts() {
        let mut sandbox = sandbox(&state).restored(&state, state.now);
        let (account, orders, said) = told(&mut sandbox, state.now);
        for balance in &account.balances {
            assert_eq!(balance.cash, state.cash_in(balance.currency));
        }
        for instrument in state.genesis().instrument_ids() {
            let told = account.positions.iter().find(|one| one.instrument == instrument);
            let net = told.map(|one| one.net).unwrap_or_default();
            assert_eq!(net, state.ledger.account(instrument).net);
        }
        assert_eq!((account.fills, orders.fills), (state.ledger.fills, state.ledger.fills));
        for order in state.orders.open() {
            let told = orders.open.iter().find(|told| told.order == order.client_id);
            let ended = said.iter().any(|report| {
                matches!(report, BrokerReport::Canceled { order: id, .. } | BrokerReport::Expired { order: id, .. } if *id == order.client_id)
            });
            assert_eq!(told.is_some() || ended, order.is_at_broker() && order.is_proven(), "{order:?}");
            if let Some(told) = told {
                rested += 1;
                assert_eq!((told.qty, told.filled), (order.request.qty, order.executed()));
                assert_eq!(Some(&told.venue_id), order.venue_id.as_ref());
            }
        }
        for order in state.orders.open().iter().filter(|order| order.is_at_broker() && !order.is_proven()) {
            sandbox.request(state.now, BrokerRequest::QueryOrder { order: order.client_id });
            let mut reports = Vec::new();
            sandbox.advance(state.now, &mut reports);
            assert!(reports.iter().any(|one| matches!(one, BrokerReport::NotFound { .. })), "{reports:?}");
        }
    }
    assert!(rested > 10, "orders rested at some of the instants");
}

#[test]
fn a_run_that_goes_on_after_a_restart_ends_with_books_that_agree() {
    let settings = settings();
    let every = cuts();
    for state in every.iter().step_by(11) {
        let configured = genesis(&settings, RunId::new(8), Vec::new());
        let (genesis, numbers) = configured.continuing(state).expect("the same configuration");
        let state = State::resume(state.clone(), Arc::new(genesis)).expect("the same configuration");
        let source =
            market_source(&settings.feed, &state.genesis().instruments, 7, Timestamp::EPOCH, OnDamage::Stop)
                .expect("the built-in recording");
        let sandbox = sandbox(&state).restored(&state, state.now);
        let hired = hired(&settings, &numbers).expect("the defaults can be hired");
        let sent = state.orders.issued();
        let open: Vec<Order> = state.orders.open().to_vec();
        let found = Found { epoch: 2, ..Found::default() };
        let mut world = World::new(Engine::resume(state, hired, found), sandbox, source);
        let mut out = Vec::new();
        let mut steps = 0;
        while steps < 20_000 && world.step(&mut out).expect("it plays") {
            out.clear();
            steps += 1;
        }
        let state = world.engine().state();
        assert!(!state.recovering, "the books were compared");
        assert!(state.orders.issued() >= sent);
        assert_eq!(state.orders.anomalies(), 0);
        let lines: Vec<_> = state.reconciliation.differences().collect();
        assert!(lines.is_empty(), "{lines:?} of {open:?}");
    }
}
