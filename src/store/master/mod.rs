//! The security master: contracts, what others call them, and history. Rows are added and stay as they are.

mod contract;
mod file;
mod history;
mod intake;
mod kind;
mod named;
mod search;

pub use contract::Contract;
pub use file::Master;
pub use history::{MasterRow, MasterRows};
pub use intake::{Imported, Intake, Subject};
pub use search::FoundContract;
