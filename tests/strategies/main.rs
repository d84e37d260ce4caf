//! The strategies at work: on the recorded market through the paper venue, and each rule by itself.

mod crossings;
mod pit;
mod playback;
mod recording;
mod rules;
