//! The strategies at work: on the recorded market through the paper venue, and each rule by itself.

mod playback;
mod recording;
