//! An operator's round: orders through the ticket, a cancel, a kill raised step by step, flat with evidence, resumed.
