//! The list of codes.

use super::*;

#[test]
fn ids_and_reasons_are_unique_and_in_order() {
    let mut ids: Vec<_> = all().map(|code| code.id).collect();
    let mut reasons: Vec<_> = all().map(|code| code.reason).collect();
    ids.sort_unstable();
    reasons.sort_unstable();
    ids.dedup();
    reasons.dedup();
    assert_eq!((ids.len(), reasons.len()), (all().count(), all().count()));
}

#[test]
fn a_code_is_found_in_any_case() {
    assert_eq!(find("e103"), Some(&OUT_OF_RANGE));
    assert_eq!(find("E999"), None);
}
