//! What a bracket promises.
