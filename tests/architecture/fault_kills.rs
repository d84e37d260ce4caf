//! The faults of the kill switch, a line each: what happens, who does it, and what proves that it is survived.

use crate::faults::Doer::{Us, Venue};
use crate::faults::{Fault, fault};

/// By their numbers.
pub(crate) const KILLS: &[Fault] = &[
    fault(
        ("F-600", "a kill meets a basket and an order in flight"),
        Venue,
        &[
            "engine/batches::a_kill_stops_what_has_not_left",
            "live/legs::a_kill_in_the_middle_of_a_basket_lets_no_further_leg_go_and_takes_off_what_was_in_the_air",
            "broker_contract/wire::what_arrives_after_a_cancel_of_everything_is_canceled_too",
        ],
        &[],
    ),
    fault(
        ("F-601", "a kill meets a broker that cannot be reached"),
        Venue,
        &[
            "live/kills::a_kill_while_the_broker_is_away_outlives_a_crash_and_cancels_once_it_is_back",
            "live/direct::a_venue_that_cannot_be_read_is_never_called_flat_and_breaking_off_says_so",
        ],
        &[],
    ),
    fault(
        ("F-602", "a kill meets a journal that cannot be written"),
        Us,
        &[
            "venue_kills/disk::f_400_a_full_disk_is_k1_at_once_and_the_kept_room_puts_the_kill_on_record",
            "venue_kills/disk::f_401_a_journal_whose_sync_fails_once_is_dead_for_the_run_and_exits_and_cancels_still_leave",
        ],
        &[],
    ),
    fault(
        ("F-603", "a kill comes twice, higher, and from several sides"),
        Us,
        &[
            "engine/kill_resume::a_level_is_never_lowered_by_a_lower_raise",
            "cockpit/kill::every_way_to_kill_from_outside_latches_and_stands_until_a_human_resumes",
        ],
        &[],
    ),
    fault(
        ("F-604", "a kill meets a flood of market data"),
        Us,
        &[
            "src/ui/ear::the_kill_key_closes_the_gate_before_the_screen_has_taken_it",
            "door/orders::a_kill_closes_the_gate_even_when_the_engine_takes_nothing_any_more",
        ],
        &[],
    ),
    fault(
        ("F-605", "the venue limits cancels under a kill"),
        Venue,
        &["live/kills::cancels_that_the_venue_limits_are_asked_for_until_they_are_taken"],
        &["Fault::TooMany"],
    ),
    fault(
        ("F-606", "the process dies between a kill and its cancels"),
        Venue,
        &["live/kills::a_kill_while_the_broker_is_away_outlives_a_crash_and_cancels_once_it_is_back"],
        &[],
    ),
    fault(
        ("F-607", "the feed is silent for a blink"),
        Venue,
        &[
            "engine/watchdog::a_blip_of_the_feed_kills_nothing_and_one_mute_instrument_only_blocks_itself",
            "live/others::a_feed_that_blinks_kills_nothing",
        ],
        &[],
    ),
    fault(
        ("F-608", "a flatten meets a market that takes nothing"),
        Venue,
        &[
            "engine/kill::a_flatten_is_held_while_there_is_no_usable_price_and_goes_on_with_the_next",
            "live/kills::a_flatten_the_broker_refuses_is_tried_again_without_haste_and_ends_flat",
        ],
        &[],
    ),
    fault(
        ("F-609", "a flatten meets exits that are filling"),
        Venue,
        &[
            "engine/kill::k4_waits_for_working_orders_to_go_before_it_closes",
            "live/kills::a_flatten_beside_a_stop_that_fires_never_goes_beyond_flat",
        ],
        &[],
    ),
    fault(
        ("F-610", "something that is no human asks to resume"),
        Us,
        &["engine/kill_resume::nobody_but_a_human_resumes_or_arms_and_never_without_a_reason"],
        &[],
    ),
    fault(
        ("F-611", "the venue's dead-man cancels everything while we live"),
        Venue,
        &[
            "engine/watchdog::all_orders_canceled_unasked_is_the_brokers_dead_mans_switch",
            "live/kills::all_orders_canceled_by_the_venue_unasked_stop_new_risk_and_what_is_held_stays",
        ],
        &["foreign-cancel"],
    ),
];
