//! The definition of a model, with the one choice that models state and states keep both ways.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::input::Definition;

/// The key that only models have.
const PARTIAL: &str = "partial";

/// A definition with what models alone say of it.
#[derive(Serialize)]
pub(super) struct Made {
    #[serde(flatten)]
    pub(super) definition: Definition,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<String>,
}

impl<'de> Deserialize<'de> for Made {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Whole)
    }
}

/// Takes the key of models out on the way, so that the definition reads the others where they stand: an error keeps
/// its place.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Made;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a definition")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Made, M::Error> {
        let mut partial = None;
        let others = Others {
            map,
            partial: &mut partial,
        };
        let definition = Definition::deserialize(MapAccessDeserializer::new(others))?;
        Ok(Made {
            definition,
            partial,
        })
    }
}

/// The members of a map but for one.
struct Others<'p, M> {
    map: M,
    partial: &'p mut Option<String>,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Others<'_, M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != PARTIAL {
                let key: StringDeserializer<M::Error> = key.into_deserializer();
                return seed.deserialize(key).map(Some);
            }
            *self.partial = Some(self.map.next_value()?);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.map.next_value_seed(seed)
    }
}
