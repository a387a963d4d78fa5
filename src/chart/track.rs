//! The way of checkpoints on the failure map: for each kind of prompt, the places in the order of the logs.

use super::map::{FailureMap, Kind};
use crate::report::Abstention;

/// The way of one kind of prompt. Coordinates run from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// The prompts it stands for.
    pub kind: Kind,
    /// Over-answer and over-abstain rate of each log that has a place, the first log first.
    pub places: Vec<(f64, f64)>,
}

/// The ways through these logs; only those of two places or more.
#[must_use]
pub fn tracks<'a>(logs: impl IntoIterator<Item = &'a Abstention>) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    let maps = logs
        .into_iter()
        .filter_map(|abstention| FailureMap::new(abstention).ok());
    for mark in maps.flat_map(|map| map.marks) {
        let place = (mark.x, mark.y);
        match tracks.iter_mut().find(|track| track.kind == mark.kind) {
            Some(track) => track.places.push(place),
            None => tracks.push(Track {
                kind: mark.kind,
                places: vec![place],
            }),
        }
    }
    tracks.retain(|track| track.places.len() > 1);
    tracks
}
