use super::*;

fn failed_invocation(code: ErrorCode) -> InvokeError {
    InvokeError::Failed { function: "f".into(), code: Some(code), message: String::new() }
}

fn timed_out() -> InvokeError {
    InvokeError::TimedOut { function: "f".into(), message: String::new() }
}

#[test]
fn only_an_exceeded_time_limit_is_resumed() {
    assert!(matches!(
        InvocationRounds::default().next_round(&failed_invocation(ErrorCode::OutOfTime), true),
        NextRound::Again(_)
    ));
    for code in [
        ErrorCode::NoProgress,
        ErrorCode::ApplyFailed,
        ErrorCode::Blocked,
        ErrorCode::NotDeployed,
        ErrorCode::Locked,
    ] {
        assert_eq!(
            InvocationRounds::default().next_round(&failed_invocation(code), true),
            NextRound::Stop,
            "{code}"
        );
    }
}

#[test]
fn the_rounds_are_bounded() {
    let mut rounds = InvocationRounds::default();
    let again = (0..100)
        .take_while(|_| {
            matches!(
                rounds.next_round(&failed_invocation(ErrorCode::OutOfTime), true),
                NextRound::Again(_)
            )
        })
        .count();
    assert_eq!(again, MAX_ROUNDS - 1);
}

#[test]
fn after_a_timeout_it_waits_for_the_lock_and_counts_rounds_without_progress() {
    let mut rounds = InvocationRounds::default();
    assert!(matches!(rounds.next_round(&timed_out(), true), NextRound::Again(_)));
    assert_eq!(
        rounds.next_round(&failed_invocation(ErrorCode::Locked), false),
        NextRound::Wait { first: true }
    );
    assert_eq!(
        rounds.next_round(&failed_invocation(ErrorCode::Locked), false),
        NextRound::Wait { first: false }
    );
    let without_progress =
        (0..100).take_while(|_| rounds.next_round(&timed_out(), false) != NextRound::Stop).count();
    assert_eq!(without_progress, MAX_ROUNDS_WITHOUT_PROGRESS - 1);
}

#[test]
fn the_wait_for_the_lock_is_bounded() {
    let mut rounds = InvocationRounds::default();
    rounds.next_round(&timed_out(), true);
    let waits = (0..1_000)
        .take_while(|_| {
            rounds.next_round(&failed_invocation(ErrorCode::Locked), false) != NextRound::Stop
        })
        .count();
    assert_eq!(waits, MAX_WAITS);
}
