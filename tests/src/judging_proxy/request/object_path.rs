//! Paths of objects, without what varies from object to object.

/// `/bucket/key`
pub(super) fn is_object(path: &str) -> bool {
    path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty())
}

/// The path of an object without what varies from object to object: numbers and digests in the
/// records bucket, all but the first directory elsewhere; of the query its names.
pub(super) fn generalize_path(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    let key = match key.split_once('/') {
        _ if bucket.contains("-records-") => without_numbers(key),
        Some((first, _)) => format!("{}/*", without_numbers(first)),
        None => "*".to_owned(),
    };
    let names: Vec<&str> =
        query.split('&').map(|field| field.split('=').next().unwrap_or(field)).collect();
    format!("{bucket}/{key}?{}", names.join("&"))
}

/// Runs of digits and of hexadecimal digits of 16 or more as one character.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let digest = word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if digest {
            out.push('#');
        } else {
            let mut in_number = false;
            for letter in word.chars() {
                if !(in_number && letter.is_ascii_digit()) {
                    out.push(if letter.is_ascii_digit() { '#' } else { letter });
                }
                in_number = letter.is_ascii_digit();
            }
        }
        out.push_str(&part[word.len()..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_in_names_of_objects_is_left_out() {
        let run = generalize_path("/a-records-1/runs/exec-0123456789abcdef0.json?x-id=GetObject");
        assert_eq!(run, "a-records-1/runs/exec-#.json?x-id");
        assert_ne!(
            generalize_path("/a-records-1/state/outputs.json"),
            generalize_path("/a-records-1/state/pause.json")
        );
        assert_eq!(generalize_path("/a-data-1/tree/a/b"), generalize_path("/a-data-1/tree/c"));
    }
}
