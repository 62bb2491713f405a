//! Every way that records come back: from memory, from one run, from many.

use super::*;

/// Sorts by its key alone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Numbered {
    key: u32,
    number: u32,
}

impl Ord for Numbered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Numbered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Record for Numbered {
    fn write_to(&self, output: &mut impl Write) -> io::Result<()> {
        write_block(output, &self.key.to_le_bytes())?;
        write_block(output, &self.number.to_le_bytes())
    }

    fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let Some(key) = read_block(input)? else { return Ok(None) };
        let number = read_block(input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let [key, number] =
            [key, number].map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap()));
        Ok(Some(Self { key, number }))
    }

    fn size_in_memory(&self) -> usize {
        size_of::<Self>()
    }
}

fn sort_all(records: &[Numbered], max_bytes: usize) -> Vec<Numbered> {
    let mut sorter = Sorter::new(max_bytes);
    records.iter().cloned().for_each(|record| sorter.add(record).unwrap());
    assert_eq!(sorter.is_empty(), records.is_empty());
    sorter.into_sorted().unwrap().map(Result::unwrap).collect()
}

#[test]
fn records_come_back_in_order_and_equal_ones_as_they_were_added() {
    let numbered = |number: u32| Numbered { key: number.wrapping_mul(2_654_435_761) % 97, number };
    for count in [0, 1, 2, 31, 32, 300] {
        let records: Vec<_> = (0..count).map(numbered).collect();
        let mut expected = records.clone();
        expected.sort_by_key(|record| (record.key, record.number));
        // Each record a run of its own; some runs and a rest in memory; all in memory.
        for max_bytes in [1, 500, usize::MAX] {
            assert_eq!(sort_all(&records, max_bytes), expected, "{count} {max_bytes}");
        }
    }
}

#[test]
fn the_next_record_can_be_seen_before_it_is_taken() {
    let mut sorter = Sorter::new(1);
    for key in [3, 1, 2] {
        sorter.add(Numbered { key, number: 0 }).unwrap();
    }
    let mut sorted = sorter.into_sorted().unwrap();
    for expected in 1..=3 {
        assert_eq!(sorted.peek().map(|record| record.key), Some(expected));
        assert_eq!(sorted.next().unwrap().unwrap().key, expected);
    }
    assert!(sorted.peek().is_none() && sorted.next().is_none());
}

#[test]
fn a_run_that_is_cut_short_is_an_error() {
    let mut sorter = Sorter::new(1);
    sorter.add(Numbered { key: 1, number: 1 }).unwrap();
    sorter.file.as_ref().unwrap().set_len(5).unwrap();
    assert!(sorter.into_sorted().is_err());
}
