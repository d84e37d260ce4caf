//! `order`: the operations on orders from a shell, through the same gate as everything else.

mod args;
mod basket;
mod bracket;
mod cancel;
mod close;
mod decide;
mod modify;
mod oco;
mod options;
mod place;
mod send;
mod settle;
mod show;
mod smart;
mod split;

pub(super) use args::{OrderArgs, order};
