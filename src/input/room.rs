//! Room for the bytes of blocks that is used again: what was written to once need not be made zero before it is filled anew.

use std::ops::Deref;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Rooms that nobody is in.
pub(super) struct Rooms {
    /// Those that came back earlier.
    held: Vec<Vec<u8>>,
    spare: Receiver<Vec<u8>>,
    home: Sender<Vec<u8>>,
}

impl Default for Rooms {
    fn default() -> Self {
        let (home, spare) = channel();
        Self {
            held: Vec::new(),
            spare,
            home,
        }
    }
}

impl Rooms {
    /// A room with these bytes in it: the one that came back last, which a processor has at hand.
    pub(super) fn of(&mut self, bytes: &[u8]) -> Room {
        self.held.extend(self.spare.try_iter());
        let mut room = Room {
            all: self.held.pop().unwrap_or_default(),
            filled: 0,
            home: Some(self.home.clone()),
        };
        room.free(bytes.len()).copy_from_slice(bytes);
        room.filled = bytes.len();
        room
    }
}

/// Bytes, in a room that goes back to where it came from.
pub(crate) struct Room {
    all: Vec<u8>,
    filled: usize,
    home: Option<Sender<Vec<u8>>>,
}

impl Room {
    /// What is free of it up to so many bytes in all.
    pub(super) fn free(&mut self, target: usize) -> &mut [u8] {
        if self.all.len() < target {
            self.all.resize(target, 0);
        }
        self.all.get_mut(self.filled..target).unwrap_or_default()
    }

    /// Takes so many bytes that were written to what is free for bytes of it.
    pub(super) fn fill(&mut self, written: usize) {
        self.filled = (self.filled + written).min(self.all.len());
    }

    /// Leaves the bytes up to an end, and what comes after it in another place.
    pub(super) fn split_off(&mut self, end: usize, rest: &mut Vec<u8>) {
        rest.extend_from_slice(self.get(end..).unwrap_or_default());
        self.filled = self.filled.min(end);
    }
}

impl From<Vec<u8>> for Room {
    fn from(all: Vec<u8>) -> Self {
        Self {
            filled: all.len(),
            all,
            home: None,
        }
    }
}

impl Deref for Room {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.all.get(..self.filled).unwrap_or_default()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            // Where all blocks were read nobody needs it any more.
            let _ = home.send(std::mem::take(&mut self.all));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_a_room_before_is_not_seen() {
        let mut rooms = Rooms::default();
        let mut room = rooms.of(b"abc");
        room.free(6).copy_from_slice(b"def");
        room.fill(2);
        assert_eq!(&room[..], b"abcde");
        let mut rest = Vec::new();
        room.split_off(1, &mut rest);
        assert_eq!((&room[..], &rest[..]), (&b"a"[..], &b"bcde"[..]));
        drop(room);
        let mut room = rooms.of(b"xy");
        assert_eq!(&room[..], b"xy");
        assert_eq!((room.free(6).len(), room.free(9).len()), (4, 7));
        assert_eq!(room.len(), 2);
    }
}
