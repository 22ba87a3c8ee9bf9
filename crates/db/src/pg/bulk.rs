//! One statement for many rows, made from the statement for one.

use tokio_postgres::types::Type;

/// `INSERT … VALUES ($1, …, $n) …` as one insert from `n` arrays; none if it is not of that form.
pub(super) fn insert_from_arrays(sql: &str, types: &[Type]) -> Option<String> {
    let places: Vec<String> = (1..=types.len()).map(|n| format!("${n}")).collect();
    let row = format!("VALUES ({})", places.join(", "));
    let (before, after) = sql.split_once(&row)?;
    if types.is_empty() || before.contains('$') || after.contains('$') {
        return None;
    }
    let arrays: Option<Vec<String>> = types
        .iter()
        .enumerate()
        .map(|(index, ty)| Some(format!("${}::{}[]", index + 1, name_of(ty)?)))
        .collect();
    Some(format!(
        "{before}SELECT * FROM unnest({}){after}",
        arrays?.join(", ")
    ))
}

/// `… = $1 …` for an array of keys; none if there is not exactly that one placeholder.
pub(super) fn look_up_in_array(sql: &str, types: &[Type]) -> Option<String> {
    let [ty] = types else { return None };
    let (before, after) = sql.split_once("= $1")?;
    if before.contains('$')
        || after.contains('$')
        || after.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    Some(format!("{before}= ANY($1::{}[]){after}", name_of(ty)?))
}

fn name_of(ty: &Type) -> Option<&'static str> {
    match *ty {
        Type::INT8 => Some("bigint"),
        Type::TEXT => Some("text"),
        Type::BYTEA => Some("bytea"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_arrays() {
        let sql = "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO NOTHING";
        assert_eq!(
            insert_from_arrays(sql, &[Type::INT8, Type::BYTEA]).as_deref(),
            Some(
                "INSERT INTO t (a, b) SELECT * FROM unnest($1::bigint[], $2::bytea[]) \
                 ON CONFLICT (a) DO NOTHING"
            )
        );
        let twice = "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = $2";
        assert_eq!(insert_from_arrays(twice, &[Type::INT8, Type::INT8]), None);
        assert_eq!(
            insert_from_arrays("UPDATE t SET a = $1", &[Type::INT8]),
            None
        );
    }

    #[test]
    fn a_key_becomes_an_array() {
        let sql = "SELECT a FROM t WHERE id = $1 ORDER BY id FOR UPDATE";
        assert_eq!(
            look_up_in_array(sql, &[Type::INT8]).as_deref(),
            Some("SELECT a FROM t WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE")
        );
        assert_eq!(
            look_up_in_array("SELECT a FROM t WHERE id < $1", &[Type::INT8]),
            None
        );
    }
}
