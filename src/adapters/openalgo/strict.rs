//! JSON of somebody else's, read whole or not at all: an object that tells a field twice says two things, and which of them
//! was meant nobody knows.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Reads a text; `None` where it is no JSON or tells a field twice.
pub(super) fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Once>(bytes).ok().map(|once| once.0)
}

/// A value that tells nothing twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON that tells no field twice")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((key, Once(value))) = fields.next_entry::<String, Once>()? {
            if all.insert(key, value).is_some() {
                return Err(A::Error::custom("a field told twice"));
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn what_tells_a_field_twice_anywhere_is_not_read_and_all_else_reads_as_ever() {
        for twice in [
            r#"{"status":"error","status":"success","orderid":"1"}"#,
            r#"{"status":"success","orderid":"1","orderid":"2"}"#,
            r#"{"data":{"orders":[{"orderid":"1","orderid":"1"}]}}"#,
        ] {
            assert_eq!(json(twice.as_bytes()), None, "{twice}");
        }
        for whole in [
            r#"{"a":{"a":[1,-2,2.5,"x",null,true,{"a":"\u001b"}]},"b":18446744073709551615}"#,
            "[]",
            "\"words\"",
        ] {
            let read: serde_json::Value = serde_json::from_str(whole).unwrap();
            assert_eq!(json(whole.as_bytes()), Some(read), "{whole}");
        }
        for none in ["", "{", "<html>", "{\"a\":NaN}"] {
            assert_eq!(json(none.as_bytes()), None, "{none}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(json(deep.as_bytes()), None);
    }
}
