//! The real binary in a real terminal: what an operator sees and presses, from take-off to every kind of end.

mod abuse;
mod clocks;
mod colours;
mod ends;
mod instance;
mod kill;
mod past;
mod pilot;
mod quiet;
mod rehearsals;
mod start;
mod trading;
