//! What the venue's own process answers and says, against what was seen of a real server (wire spec).
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "sockets take real time: waiting has an end")]

#[path = "venue/answers.rs"]
mod answers;
#[path = "venue/client.rs"]
mod client;
#[path = "venue/import.rs"]
mod import;
#[path = "venue/misbehaviour.rs"]
mod misbehaviour;
#[path = "venue/options.rs"]
mod options;
#[path = "venue/place.rs"]
mod place;
#[path = "venue/questions.rs"]
mod questions;
#[path = "venue/stream.rs"]
mod stream;
