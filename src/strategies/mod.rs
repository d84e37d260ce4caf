//! What may be hired: a registry of strategy kinds and one file for each.
