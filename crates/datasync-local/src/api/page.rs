//! Pages of lists: `MaxResults` and `NextToken`.

use super::ApiError;
use super::patterns::ModelPattern;

const LARGEST_PAGE: usize = 100;

/// Takes one page of `items`, with the token of the next. The token is the position of the next
/// item: lists here only grow at their end, so a page never repeats or misses an item that stays.
pub(super) fn take_page<T>(
    items: Vec<T>,
    max_results: Option<usize>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start = token.map_or(Ok(0), parse_position)?;
    let size = match max_results {
        Some(asked) if asked > LARGEST_PAGE => {
            return Err(ApiError::invalid_parameter(format!(
                "MaxResults must be at most {LARGEST_PAGE}."
            )));
        }
        Some(asked) if asked > 0 => asked,
        _ => LARGEST_PAGE,
    };
    let more = items.len() > start.saturating_add(size);
    let next = more.then(|| format!("position-{}", start + size));
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

fn parse_position(token: &str) -> Result<usize, ApiError> {
    ModelPattern::NextToken.check_field("NextToken", token)?;
    let position = token.strip_prefix("position-").and_then(|digits| digits.parse().ok());
    position.ok_or_else(|| ApiError::invalid_parameter("NextToken is not from an earlier page."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once() {
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let (items, next) = take_page((0..7).collect(), Some(3), token.as_deref()).unwrap();
            all.extend(items);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(all, (0..7).collect::<Vec<_>>());
    }

    #[test]
    fn wrong_sizes_and_foreign_tokens_are_refused() {
        assert!(take_page(vec![1], Some(101), None).is_err());
        assert!(take_page(vec![1], None, Some("abc")).is_err());
        assert_eq!(take_page(vec![1], Some(0), None).unwrap(), (vec![1], None));
    }
}
