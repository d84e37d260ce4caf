//! What a pair of orders promises.
