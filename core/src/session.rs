//! Buffers of one run, which are kept for later runs.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::ahead::Ahead;
use crate::guard::Reference;
use crate::parts::encoder::EncoderScratch;
use crate::parts::head::{HeadScratch, MemberRows};
use crate::parts::mixture::MixtureScratch;
use crate::tokenizer::Encoding;

/// Everything that one run writes; grows to the largest input it has seen.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) encoding: Encoding,
    pub(crate) encoder: EncoderScratch,
    pub(crate) mixture: MixtureScratch,
    /// Output of the encoder, then of the mixture.
    pub(crate) pooled: Vec<f32>,
    /// Output of the encoder, where more than one member of a task puts a mixture behind it.
    pub(crate) vector: Vec<f32>,
    pub(crate) head: HeadScratch,
    /// What the members of a task have given; empty for tasks with one member.
    pub(crate) members: MemberRows,
    /// Weights of the experts, mixture after mixture, in the order in which they ran.
    pub(crate) experts: Vec<f32>,
    /// The words of the reference answer, which a guard compares with the answer.
    pub(crate) reference: Reference,
    /// What was computed for several answers at once.
    pub(crate) ahead: Ahead,
}

impl Session {
    /// Bytes that the buffers hold whose size follows from the input; the others follow from the model.
    fn memory_bytes(&self) -> usize {
        self.encoding.memory_bytes()
            + self.encoder.memory_bytes()
            + self.reference.memory_bytes()
            + self.ahead.memory_bytes()
    }
}

/// Sessions kept between runs, at most one for each thread that runs at the same time.
///
/// No thread ever waits here. A thread takes the slot of its [`Seat`], which is free unless the thread is inside a run
/// already, and so finds the buffers that it filled itself; no other thread writes to that slot's memory in the
/// meantime.
pub(crate) struct Pool {
    slots: Box<[PoolSlot]>,
}

/// One session, locked while a run uses it; apart from its neighbours, so that threads share no cache line.
#[derive(Default)]
#[repr(align(128))]
struct PoolSlot(Mutex<Option<Box<Session>>>);

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self { slots: (0..SEATS).map(|_| PoolSlot::default()).collect() }
    }
}

impl Pool {
    /// A session whose buffers hold more than this is dropped, not kept: an exceptional input would stay in memory.
    const KEPT_BYTES: usize = 4 << 20;

    /// Runs with a session of the pool; after a panic the session is dropped.
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut Session) -> T) -> T {
        let Some(mut slot) = self.free_slot() else { return run(&mut Session::default()) };
        let session = slot.get_or_insert_default();
        let result = run(session);
        if session.memory_bytes() > Self::KEPT_BYTES {
            *slot = None;
        }
        result
    }

    /// A slot that no run uses, the calling thread's own first.
    fn free_slot(&self) -> Option<MutexGuard<'_, Option<Box<Session>>>> {
        let own = Seat::of_this_thread();
        (own..SEATS).chain(0..own).find_map(|at| {
            let slot = &self.slots[at].0;
            match slot.try_lock() {
                Ok(session) => Some(session),
                Err(TryLockError::WouldBlock) => None,
                Err(TryLockError::Poisoned(poisoned)) => {
                    let mut session = poisoned.into_inner();
                    *session = None;
                    slot.clear_poison();
                    Some(session)
                }
            }
        })
    }
}

/// Seats of the process, one bit each of [`Seat::taken`].
const SEATS: usize = u64::BITS as usize;

/// A small number that belongs to a thread as long as the thread lives: the lowest that was free when it first asked.
/// Threads that come after others have ended take over their seats, and with them the sessions that they left.
struct Seat(usize);

impl Seat {
    /// One bit for each seat that a living thread has.
    const fn taken() -> &'static AtomicU64 {
        static TAKEN: AtomicU64 = AtomicU64::new(0);
        &TAKEN
    }

    /// The calling thread's seat; the first one for a thread that is about to end, and [`SEATS`] where every seat is
    /// taken: such threads look for a free slot from the first on.
    fn of_this_thread() -> usize {
        thread_local!(static SEAT: Seat = Seat::take());
        SEAT.try_with(|seat| seat.0).unwrap_or_default()
    }

    fn take() -> Self {
        let lowest = |taken: u64| (taken != u64::MAX).then_some(taken | (taken + 1));
        // The numbers carry no other memory with them: any order will do.
        let before = Self::taken().fetch_update(Ordering::Relaxed, Ordering::Relaxed, lowest);
        Self(before.map_or(SEATS, |taken| taken.trailing_ones() as usize))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.0 < SEATS {
            Self::taken().fetch_and(!(1 << self.0), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::Barrier;
    use std::thread;

    fn kept(pool: &Pool) -> usize {
        pool.slots.iter().filter(|slot| slot.0.lock().unwrap().is_some()).count()
    }

    #[test]
    fn nobody_waits_for_a_run_of_another_thread_and_each_finds_its_own_session() {
        const THREADS: usize = 8;
        let pool = Pool::default();
        let inside = Barrier::new(THREADS);
        let address = |session: &mut Session| std::ptr::from_mut(session).addr();
        let mut all: Vec<usize> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        // The barrier opens when all of them are in a run at once.
                        let first = pool.with(|session| {
                            inside.wait();
                            address(session)
                        });
                        let same = (0..1000).all(|_| pool.with(|session| address(session)) == first);
                        // A thread that ends leaves its seat to others: not before all have looked.
                        inside.wait();
                        assert!(same);
                        first
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), THREADS);
        assert_eq!(kept(&pool), THREADS);
    }

    #[test]
    fn a_run_inside_a_run_has_a_session_of_its_own() {
        let pool = Pool::default();
        pool.with(|outer| pool.with(|inner| assert!(!std::ptr::eq(outer, inner))));
    }

    #[test]
    fn more_runs_than_seats_at_once_go_on_without_being_kept() {
        fn nested(pool: &Pool, left: usize) -> usize {
            pool.with(|_| if left == 0 { 0 } else { 1 + nested(pool, left - 1) })
        }
        let pool = Pool::default();
        assert_eq!(nested(&pool, SEATS + 5), SEATS + 5);
        assert_eq!(kept(&pool), SEATS);
    }

    #[test]
    fn a_session_is_dropped_after_a_panic_and_when_it_grew_too_large() {
        let pool = Pool::default();
        let panicked = thread::scope(|scope| {
            scope
                .spawn(|| {
                    pool.with(|session| {
                        session.encoding.ids.push(7);
                        panic!("in the middle of a run");
                    })
                })
                .join()
        });
        assert!(panicked.is_err());
        pool.with(|session| assert!(session.encoding.ids.is_empty()));
        pool.with(|session| session.encoding.ids.reserve(Pool::KEPT_BYTES));
        pool.with(|session| assert_eq!(session.encoding.ids.capacity(), 0));
    }
}
