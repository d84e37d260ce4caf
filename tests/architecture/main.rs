//! The walls of the house: which room may name which, what the pure floors may not say, how a file is shaped, which test proves
//! that which fault is survived.
//!
//! One package has no crate walls, so this test is the wall; editing its tables is the architecture review. Every rule
//! is proven able to fail on a small bad text next to it.

mod fault_kills;
mod fault_orders;
mod fault_wire;
mod faults;
mod rooms;
mod shape;
mod source;

use source::{Source, house, tests_of_the_house};

/// Fails with every breach, one a line.
fn no_breach(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn a_room_names_lower_floors_only() {
    no_breach(&rooms::floor_breaches(&house()));
}

#[test]
fn shut_doors_stay_shut() {
    no_breach(&rooms::door_breaches(&house()));
}

#[test]
fn pure_floors_say_no_impure_word() {
    no_breach(&rooms::word_breaches(&house()));
}

#[test]
fn files_of_a_room_form_no_circle() {
    no_breach(&rooms::circles(&house()));
}

#[test]
fn every_folder_of_the_house_has_a_floor() {
    no_breach(&rooms::unknown_rooms(&house()));
}

#[test]
fn every_file_opens_with_a_sentence() {
    no_breach(&shape::without_sentence(&house()));
}

#[test]
fn a_face_defines_nothing() {
    no_breach(&shape::faces_that_define(&house()));
}

#[test]
fn no_file_is_longer_than_five_hundred_lines_of_code() {
    no_breach(&shape::long_files(&house()));
}

#[test]
fn no_import_is_a_glob_outside_tests() {
    no_breach(&shape::globs(&house()));
}

#[test]
fn every_fault_of_the_list_has_its_proof() {
    let all: Vec<Source> = house().into_iter().chain(tests_of_the_house()).collect();
    no_breach(&faults::unproven(&faults::all(), &all));
}

#[test]
fn no_test_is_ignored_and_no_intention_is_nameless() {
    let all: Vec<Source> = house().into_iter().chain(tests_of_the_house()).collect();
    no_breach(&shape::ignored_tests(&all));
    no_breach(&shape::nameless_intentions(&all));
}
