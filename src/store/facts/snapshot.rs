//! States as bytes: `MessagePack` with names, so that later versions can read it, packed; and the hash two states agree on.

use super::chain::Hash;
use crate::state::State;

/// Fast rather than small: a snapshot is taken while the desk trades.
const LEVEL: i32 = 1;

/// A state that unpacks to more than this is none of ours.
const MOST_BYTES: usize = 1 << 30;

/// A state as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    pub(super) body: Vec<u8>,
    pub(super) hash: Hash,
}

/// The SHA-256 over the canonical state: equal for two folds of the same facts, whatever market they saw.
pub fn state_hash(state: &State) -> Result<Hash, String> {
    bytes(state).map(|bytes| Hash::of(&bytes))
}

/// Packs a state's canonical form.
pub(super) fn pack(state: &State) -> Result<Packed, String> {
    let bytes = bytes(state)?;
    let body = zstd::bulk::compress(&bytes, LEVEL).map_err(|error| error.to_string())?;
    Ok(Packed { body, hash: Hash::of(&bytes) })
}

/// Unpacks a state and proves that it is the one of this hash.
pub(super) fn unpack(body: &[u8], expected: &Hash) -> Result<State, String> {
    let bytes = unpacked(body, expected)?;
    rmp_serde::from_slice(&bytes).map_err(|error| format!("a state this version cannot read: {error}"))
}

/// The bytes of a state, proven by their hash.
pub(super) fn unpacked(body: &[u8], expected: &Hash) -> Result<Vec<u8>, String> {
    let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= MOST_BYTES);
    let size = size.ok_or("not a packed state")?;
    let bytes = zstd::bulk::decompress(body, size).map_err(|error| format!("cannot be unpacked: {error}"))?;
    if Hash::of(&bytes) == *expected { Ok(bytes) } else { Err("its state hash does not fit".to_owned()) }
}

fn bytes(state: &State) -> Result<Vec<u8>, String> {
    rmp_serde::to_vec_named(&state.clone().canonical()).map_err(|error| error.to_string())
}
