//! The faults of orders and what a broker says of them, a line each: what happens, who does it, and what proves that it is survived.

use crate::faults::Doer::{Nobody, Us, Venue};
use crate::faults::{Fault, fault};

/// By their numbers.
pub(crate) const ORDERS: &[Fault] = &[
    fault(
        ("F-001", "the acknowledgement is lost, the order lives"),
        Venue,
        &[
            "engine/doubt::f_001_a_lost_acknowledgement_is_learned_by_asking_and_nothing_is_sent_again",
            "broker_contract/wire::an_answer_that_is_lost_after_execution_is_found_in_the_book_and_nothing_is_sent_again",
            "broker_contract/live::an_order_whose_answer_is_lost_is_found_by_what_it_looks_like_and_not_sent_again",
        ],
        &["Fault::Lost", "Fault::Cut(", "Fault::NoId"],
    ),
    fault(
        ("F-002", "the order never arrives"),
        Venue,
        &[
            "engine/doubt::f_002_an_absence_is_proven_by_two_answers_about_an_order_old_enough",
            "broker_contract/wire::an_order_that_never_arrived_is_unknown_then_not_found_and_never_sent_again",
        ],
        &["Fault::Drop"],
    ),
    fault(
        ("F-003", "the order arrives after we gave it up"),
        Venue,
        &[
            "engine/doubt::f_003_an_order_that_turns_up_after_it_was_lost_is_open_again_withdrawn_and_stops_new_risk",
            "live/fates::an_order_that_is_carried_out_after_it_was_proven_absent_is_taken_off_and_stops_new_risk",
        ],
        &["StandsStill"],
    ),
    fault(
        ("F-004", "the acknowledgement comes twice"),
        Venue,
        &[
            "engine/faults_orders::f_004_a_repeated_acknowledgement_changes_nothing",
            "broker_contract/doubt::a_refusal_that_is_told_again_late_is_never_taken_for_that_of_the_next_order",
        ],
        &["Fault::Double"],
    ),
    fault(
        ("F-005", "an answer names another order of the venue"),
        Venue,
        &[
            "engine/faults_orders::f_005_a_second_order_of_the_venue_under_one_name_is_a_fact_and_stops_new_risk_there",
            "broker_contract/modes::an_answer_with_the_id_of_another_order_is_no_answer_and_its_connection_is_not_used_again",
        ],
        &[],
    ),
    fault(
        ("F-006", "a fill overtakes the acknowledgement"),
        Venue,
        &[
            "engine/faults_orders::f_006_a_fill_before_the_acknowledgement_proves_the_order",
            "broker_contract/live::fills_of_an_order_whose_answer_is_lost_are_booked_under_its_name_once",
        ],
        &["Fault::Late("],
    ),
    fault(
        ("F-007", "fills come out of order"),
        Venue,
        &[
            "engine/faults_orders::f_007_fills_out_of_order_and_repeated_give_the_same_books",
            "engine/faults_orders::a_permuted_and_doubled_stream_of_reports_ends_in_the_same_books",
        ],
        &["Fault::Swap"],
    ),
    fault(
        ("F-008", "a fill is told twice, or without a name"),
        Venue,
        &[
            "engine/faults_orders::f_008_a_fill_without_a_name_gets_one_from_what_it_says",
            "broker_contract/wire::books_that_tell_everything_twice_or_nothing_at_all_make_no_second_fill",
            "live/lies::a_trade_book_that_tells_all_trades_under_one_name_or_twice_books_every_fill_once",
        ],
        &["Fault::Twice"],
    ),
    fault(
        ("F-009", "a fill carries the name of another order's"),
        Venue,
        &[
            "engine/faults_orders::f_009_a_name_used_again_for_another_orders_fill_is_another_fill",
            "live/lies::a_trade_book_that_tells_all_trades_under_one_name_or_twice_books_every_fill_once",
        ],
        &[],
    ),
    fault(
        ("F-010", "more is filled than was ordered"),
        Venue,
        &[
            "engine/faults_orders::f_010_more_filled_than_ordered_is_applied_flagged_and_stops_the_strategy",
            "live/lies::more_filled_than_was_ordered_is_a_fact_that_stops_the_strategy_and_is_told",
        ],
        &[],
    ),
    fault(
        ("F-011", "a fill of numbers that no market has"),
        Venue,
        &[
            "engine/faults_orders::f_011_a_fill_off_the_tick_or_of_nothing_is_set_aside_and_stops_new_risk_there",
            "live/lies::numbers_no_market_has_are_not_booked_and_stop_new_risk_until_the_book_can_be_read",
        ],
        &["Fault::Absurd"],
    ),
    fault(
        ("F-012", "a partial fill races the cancel"),
        Venue,
        &[
            "engine/faults_orders::f_012_a_partial_fill_and_a_cancel_leave_the_fills_and_reserve_nothing",
            "broker_contract/suite::what_can_trade_trades_and_the_rest_works_on",
        ],
        &[],
    ),
    fault(
        ("F-013", "a fill is told after the end of its order"),
        Venue,
        &[
            "engine/faults_orders::f_013_a_fill_after_any_end_is_applied_and_flagged",
            "broker_contract/day::a_fill_the_trades_show_only_after_the_order_was_canceled_is_booked",
        ],
        &["Fault::Empty"],
    ),
    fault(
        ("F-014", "an acknowledged order is rejected"),
        Venue,
        &[
            "engine/faults_orders::f_014_a_rejection_after_the_acknowledgement_ends_the_order_and_keeps_its_fills",
            "broker_contract/suite::an_impossible_quantity_is_refused_once",
        ],
        &[],
    ),
    fault(
        ("F-015", "a cancel is refused"),
        Venue,
        &[
            "engine/doubt::f_015_refused_cancels_give_the_order_back_ask_and_do_not_become_a_storm",
            "broker_contract/suite::a_cancel_of_what_is_over_changes_nothing",
            "live/lies::orders_the_broker_forgets_are_told_to_go_when_they_turn_up_again",
        ],
        &["Fault::Refused"],
    ),
    fault(
        ("F-016", "the confirmation of a cancel is lost"),
        Venue,
        &[
            "engine/doubt::f_016_a_cancel_without_an_answer_is_asked_about_and_never_believed",
            "broker_contract/wire::a_cancel_whose_answer_is_lost_is_proven_by_the_book",
        ],
        &["Fault::ErrorAfter"],
    ),
    fault(
        ("F-017", "a cancel is asked for while the order is on its way"),
        Venue,
        &[
            "engine/doubt::f_017_a_cancel_refused_before_the_acknowledgement_goes_out_again_with_it",
            "broker_contract/wire::an_order_canceled_before_its_answer_came_is_canceled_as_soon_as_it_is_known",
        ],
        &[],
    ),
    fault(
        ("F-018", "a fill, a refusal or a delay meets a change"),
        Venue,
        &[
            "engine/replace::f_018_until_a_change_is_confirmed_the_worse_of_old_and_new_is_reserved",
            "broker_contract/suite::a_change_is_told_when_it_is_made_and_can_make_an_order_trade",
        ],
        &[],
    ),
    fault(
        ("F-019", "a change confirms the old leg as canceled"),
        Nobody("such a server changes an order in place under its id: there is no old leg to end"),
        &["engine/replace::f_019_a_cancel_of_the_old_leg_of_a_change_is_asked_about_before_it_is_believed"],
        &[],
    ),
    fault(
        ("F-020", "an end nobody asked for, a status nobody knows"),
        Venue,
        &[
            "engine/faults_orders::f_020_an_unsolicited_end_is_an_end",
            "engine/doubt::f_020_a_status_that_means_nothing_is_unknown_and_asked_about_never_a_rejection",
            "live/lies::orders_the_broker_forgets_are_told_to_go_when_they_turn_up_again",
        ],
        &["foreign-cancel"],
    ),
    fault(
        ("F-021", "somebody else trades the account"),
        Venue,
        &[
            "engine/faults_orders::f_021_what_we_did_not_send_is_external_and_counts_in_the_account",
            "live/day::a_day_at_the_broker_ends_with_every_difference_explained_on_the_screen",
        ],
        &["foreign BUY"],
    ),
    fault(
        ("F-022", "an order of ours that this engine never sent"),
        Venue,
        &[
            "engine/faults_orders::f_022_an_order_of_our_run_that_we_never_sent_stops_everything_new",
            "live/others::orders_of_an_engine_that_lost_its_journal_are_a_second_engine_to_the_next_one",
        ],
        &[],
    ),
    fault(
        ("F-023", "the venue forgets an open order"),
        Venue,
        &[
            "engine/doubt::f_023_an_order_the_broker_no_longer_knows_is_canceled_with_the_fills_it_had",
            "live/lies::orders_the_broker_forgets_are_told_to_go_when_they_turn_up_again",
        ],
        &["Fault::Empty"],
    ),
    fault(
        ("F-024", "a position that only one side has"),
        Venue,
        &[
            "engine/reconcile::a_difference_stops_its_instrument_at_first_sight_and_everything_once_confirmed",
            "live/lies::a_position_book_that_is_empty_turned_round_or_in_another_unit_stops_new_risk_and_is_not_traded_into_order",
        ],
        &[],
    ),
    fault(
        ("F-025", "a position with another sign or in another unit"),
        Venue,
        &[
            "live/lies::a_position_book_that_is_empty_turned_round_or_in_another_unit_stops_new_risk_and_is_not_traded_into_order",
        ],
        &[],
    ),
    fault(
        ("F-026", "a book is empty because of an error"),
        Venue,
        &[
            "engine/faults_orders::f_026_an_empty_or_failed_answer_never_changes_a_position",
            "live/lies::a_position_book_that_is_empty_turned_round_or_in_another_unit_stops_new_risk_and_is_not_traded_into_order",
        ],
        &["Fault::Empty"],
    ),
    fault(
        ("F-027", "the books lag behind the stream, or it behind them"),
        Venue,
        &[
            "engine/reconcile::where_something_of_ours_moves_a_difference_waits_for_quiet_but_not_for_ever",
            "live/lies::books_that_lag_behind_what_has_happened_are_waited_for_and_nothing_differs",
        ],
        &["stale {millis}"],
    ),
    fault(
        ("F-028", "an older book is told after a newer word"),
        Venue,
        &[
            "engine/reconcile::a_fill_on_its_way_is_no_difference_and_neither_is_an_older_snapshot",
            "broker_contract/streams::an_update_of_the_stream_ends_an_order_that_the_book_still_shows_open_and_nothing_opens_it_again",
        ],
        &["Fault::Slow("],
    ),
    fault(
        ("F-029", "the venue takes a fill back"),
        Nobody(
            "such a server tells no busts: one shows as a position that differs, which stops new risk (F-024)",
        ),
        &["engine/corrections::f_029_a_bust_takes_the_very_fill_back_and_restates_position_order_and_result"],
        &[],
    ),
    fault(
        ("F-030", "the broker closes what is held"),
        Venue,
        &[
            "live/others::what_the_broker_closes_by_itself_is_its_doing_and_a_flatten_does_not_close_it_again",
            "engine/corrections::a_claim_moves_what_external_holds_at_its_average_price_and_realises_nothing",
        ],
        &[],
    ),
    fault(
        ("F-031", "the broker refuses for funds, freeze quantity or band"),
        Venue,
        &[
            "broker_contract/modes::an_order_refused_by_the_broker_with_its_own_status_is_rejected_with_its_words",
            "live/fates::a_strategy_whose_orders_the_broker_refuses_is_stopped_and_nothing_is_tried_again",
        ],
        &["Fault::Refused"],
    ),
    fault(
        ("F-032", "a strategy storms with orders and cancels"),
        Us,
        &[
            "engine/gate_rules::a_storm_of_rejects_stops_the_strategy_and_one_answer_ends_the_row",
            "engine/doubt::f_015_a_strategy_cannot_make_a_cancel_storm",
            "engine/strategies::a_flood_of_intents_disarms_and_releases_none_of_them",
        ],
        &[],
    ),
    fault(
        ("F-033", "a leg of a basket fails, or the process dies in the middle of it"),
        Venue,
        &[
            "engine/batches::a_rejected_leg_holds_the_rest_until_somebody_decides",
            "engine/recovery::a_basket_cut_off_is_listed_leg_by_leg_and_waits_for_a_decision",
            "live/legs::a_basket_whose_second_leg_is_refused_holds_the_rest_and_a_crash_does_not_let_it_go",
        ],
        &[],
    ),
    fault(
        ("F-034", "the stop of a filled entry is rejected"),
        Venue,
        &[
            "engine/bracket::a_stop_the_venue_refuses_while_the_entry_is_part_filled_is_told_at_once_and_tried_again",
            "live/legs::a_stop_the_broker_refuses_is_an_alarm_and_is_tried_again_until_the_position_is_gone",
        ],
        &[],
    ),
    fault(
        ("F-035", "two exits are in flight for one position"),
        Us,
        &[
            "engine/faults_orders::f_035_two_exits_in_flight_cannot_flip_a_position",
            "live/kills::a_flatten_beside_a_stop_that_fires_never_goes_beyond_flat",
        ],
        &[],
    ),
    fault(
        ("F-036", "two orders under one name"),
        Us,
        &[
            "src/model/ids::each_start_has_names_of_its_own_and_the_first_those_of_its_book",
            "src/state/names::a_number_given_again_after_a_crash_has_another_name_and_older_numbers_keep_theirs",
            "broker_contract/wire::a_name_that_is_at_the_venue_already_is_never_given_to_a_second_order",
        ],
        &[],
    ),
    fault(
        ("F-037", "a command is given again after a restart"),
        Us,
        &[
            "engine/hostile::a_request_that_comes_twice_makes_one_order",
            "engine/recovery::what_was_in_the_air_is_unknown_and_asked_about_and_never_sent_again",
            "venue_kills/kills::no_kill_loses_an_order_or_sends_one_twice_and_positions_are_the_venues",
        ],
        &[],
    ),
    fault(
        ("F-038", "a fill tells no fee"),
        Venue,
        &[
            "engine/faults_orders::f_038_a_fee_nobody_can_book_does_not_hide_the_fill",
            "engine/reconcile::cash_at_a_broker_that_tells_no_fees_is_told_once_and_stops_nothing_but_a_position_does",
            "live/day::a_day_at_the_broker_ends_with_every_difference_explained_on_the_screen",
        ],
        &[],
    ),
];
