//! The faults of the wire to a broker, a line each: what happens, who does it, and what proves that it is survived.

use crate::faults::Doer::{Nobody, Venue};
use crate::faults::{Fault, fault};

/// By their numbers.
pub(crate) const WIRE: &[Fault] = &[
    fault(
        ("F-100", "one request too many"),
        Venue,
        &[
            "broker_contract/wire::a_definite_refusal_is_one",
            "live/fates::a_venue_that_takes_no_more_orders_for_a_while_gets_none_twice_and_cancels_go_through",
        ],
        &["Fault::TooMany"],
    ),
    fault(
        ("F-101", "an error of the server, a page of a proxy"),
        Venue,
        &[
            "broker_contract/wire::an_answer_that_is_lost_after_execution_is_found_in_the_book_and_nothing_is_sent_again",
        ],
        &["Fault::Error,", "Fault::BadGateway", "Fault::Timeout", "Fault::ErrorAfter"],
    ),
    fault(
        ("F-102", "a connection ends after any byte of request or answer"),
        Venue,
        &[
            "broker_contract/wire::an_answer_that_is_lost_after_execution_is_found_in_the_book_and_nothing_is_sent_again",
        ],
        &["Cut::In(bytes)", "Cut::Out(bytes)", "Fault::Cut("],
    ),
    fault(
        ("F-103", "an answer that cannot be read"),
        Venue,
        &[
            "broker_contract/captures::hostile_bodies_are_read_as_nothing",
            "src/adapters/openalgo/strict::what_tells_a_field_twice_anywhere_is_not_read_and_all_else_reads_as_ever",
        ],
        &["Fault::Garbage(", "Fault::Blank"],
    ),
    fault(
        ("F-104", "an answer without end"),
        Venue,
        &["live/fates::an_answer_too_large_to_be_held_is_left_where_it_is"],
        &["Fault::Huge(", "Fault::Drip("],
    ),
    fault(
        ("F-105", "a certificate nobody vouches for, a handshake that breaks"),
        Venue,
        &["live/environment::a_certificate_nobody_vouches_for_and_a_handshake_that_breaks_get_no_key"],
        &[],
    ),
    fault(
        ("F-106", "a name that does not resolve"),
        Venue,
        &["live/environment::a_name_nobody_knows_is_never_called_flat"],
        &[],
    ),
    fault(
        ("F-107", "the stream drops in the middle of a message"),
        Venue,
        &[
            "broker_contract/streams::ticks_are_quotes_and_a_cut_stream_is_subscribed_again_and_followed_by_a_resync",
        ],
        &["Fault::Cut(", "\"cut\""],
    ),
    fault(
        ("F-108", "the peer is gone and nobody says so"),
        Venue,
        &["live/fates::a_venue_that_stands_still_and_then_does_everything_at_once_has_each_order_once"],
        &["StandsStill"],
    ),
    fault(
        ("F-109", "connected, and nothing comes"),
        Venue,
        &[
            "broker_contract/streams::what_the_stream_does_not_give_is_asked_for",
            "broker_contract/day::a_mute_stream_costs_nothing_but_time_prices_and_fills_come_from_the_books",
        ],
        &["mute {}"],
    ),
    fault(
        ("F-110", "the link flaps, the login fails again and again"),
        Venue,
        &[
            "broker_contract/streams::a_login_that_fails_again_and_again_is_tried_with_pauses_and_takes_nothing_with_it",
            "broker_contract/modes::an_expired_login_is_a_state_with_the_way_out_that_is_not_hammered_and_ends_by_itself",
        ],
        &["Part::Auth | Part::Subscribe"],
    ),
    fault(
        ("F-111", "what was told is told again after a reconnect"),
        Venue,
        &[
            "engine/orders::a_fill_reported_again_after_its_order_is_forgotten_is_not_booked_again",
            "broker_contract/wire::a_new_adapter_finds_the_orders_and_fills_of_an_earlier_one_by_their_text",
        ],
        &["Fault::Double", "Restarts"],
    ),
    fault(
        ("F-112", "a gap in numbered messages"),
        Nobody(
            "such a server numbers nothing it says: what a cut stream missed is read from the books (F-107)",
        ),
        &[
            "broker_contract/streams::ticks_are_quotes_and_a_cut_stream_is_subscribed_again_and_followed_by_a_resync",
            "src/sim/fold::a_gap_is_told_once_and_depth_returns_with_a_snapshot",
        ],
        &[],
    ),
    fault(
        ("F-113", "the login expires"),
        Venue,
        &[
            "live/outages::an_expired_login_of_one_account_is_its_planned_state_with_the_way_out_and_the_other_trades_on",
            "broker_contract/day::orders_outlive_an_expired_login_and_are_worked_again_after_it",
        ],
        &["logout"],
    ),
    fault(
        ("F-114", "the venue is closed for maintenance"),
        Venue,
        &[
            "live/outages::a_server_that_dies_in_the_middle_of_its_orders_and_comes_back_loses_and_doubles_nothing",
        ],
        &["Fault::Unavailable", "down {millis}"],
    ),
    fault(
        ("F-115", "half of the endpoints fail"),
        Venue,
        &["live/lies::where_half_of_the_endpoints_fail_nothing_differs_and_the_way_out_stays_open"],
        &[],
    ),
    fault(
        ("F-116", "we send and hear nothing"),
        Venue,
        &["live/fates::a_venue_that_stands_still_and_then_does_everything_at_once_has_each_order_once"],
        &["StandsStill"],
    ),
    fault(
        ("F-117", "messages take seconds"),
        Venue,
        &["live/fates::a_venue_that_stands_still_and_then_does_everything_at_once_has_each_order_once"],
        &["StandsStill", "Fault::Slow(", "Fault::Drip("],
    ),
    fault(
        ("F-118", "a key or an address of the wrong environment"),
        Venue,
        &[
            "live/environment::the_sandboxs_address_that_is_a_real_brokers_gets_no_order_until_it_is_a_sandbox",
            "live/environment::real_money_armed_at_a_server_that_trades_its_sandbox_sends_nothing_until_it_is_switched",
            "live/environment::a_key_of_another_server_gets_no_order_anywhere_and_is_told_with_the_way_out",
            "live/environment::real_money_armed_with_a_key_of_the_sandbox_sends_nothing_and_says_where_to_log_in",
            "live/outages::a_server_switched_to_real_money_says_so_takes_nothing_and_comes_back_by_itself_when_it_is_switched_back",
        ],
        &[],
    ),
];
