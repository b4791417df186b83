//! Which instructions this machine has.

use std::fmt;
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};

/// A set of instruction-set extensions that kernels ask for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FeatureSet(u32);

impl FeatureSet {
    /// No extension: what every CPU of the target has.
    pub const NONE: Self = Self(0);
    /// x86-64: AVX2.
    pub const AVX2: Self = Self(1);
    /// x86-64: AVX-512 F, BW, DQ, VL and VNNI.
    pub const AVX512: Self = Self(1 << 1);
    /// AArch64: Advanced SIMD.
    pub const NEON: Self = Self(1 << 2);
    /// x86-64: AVX-VNNI, the byte products of AVX-512 on vectors of 256 bits.
    pub const AVXVNNI: Self = Self(1 << 3);
    /// AArch64: sums of four byte products, `sdot`.
    pub const DOTPROD: Self = Self(1 << 4);
    /// AArch64: products of two by eight bytes with eight by two, `smmla`.
    pub const I8MM: Self = Self(1 << 5);
    /// x86-64: tile registers and their products of bytes (AMX-TILE, AMX-INT8), where Linux lets the process use them.
    pub const AMX: Self = Self(1 << 6);

    /// WebAssembly: vectors of 128 bits. A module that uses them runs only where they are there, so it is what the
    /// module was compiled for.
    pub const SIMD128: Self = Self(1 << 8);

    /// Every extension with its name, of each architecture the best first.
    const NAMED: [(&'static str, Self); 8] = [
        ("amx", Self::AMX),
        ("avx512", Self::AVX512),
        ("avxvnni", Self::AVXVNNI),
        ("avx2", Self::AVX2),
        ("i8mm", Self::I8MM),
        ("dotprod", Self::DOTPROD),
        ("neon", Self::NEON),
        ("simd128", Self::SIMD128),
    ];

    /// Every extension that there is.
    pub const ALL: Self = {
        let mut all = Self::NONE;
        let mut n = 0;
        while n < Self::NAMED.len() {
            all = all.union(Self::NAMED[n].1);
            n += 1;
        }
        all
    };

    /// The extensions of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every extension of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The extensions named in a comma-separated list, in which `generic` names none; the first word that is not a
    /// name.
    fn from_names(list: &str) -> (Self, Option<&str>) {
        let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.fold((Self::NONE, None), |(set, unknown), word| {
            match Self::NAMED.iter().find(|(name, _)| *name == word) {
                Some((_, feature)) => (set.union(*feature), unknown),
                None if word == "generic" => (set, unknown),
                None => (set, unknown.or(Some(word))),
            }
        })
    }
}

impl fmt::Debug for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Self::NAMED.iter().filter(|(_, feature)| self.contains(*feature));
        f.debug_set().entries(names.map(|(name, _)| *name)).finish()
    }
}

/// Proof of what this CPU can run: made only by looking at it, and afterwards only narrowed.
///
/// The variable `PUPIL_CPU` narrows every `Cpu` of the process to the extensions that it lists (`avx2`, `avxvnni`,
/// `avx512`, `amx`, `neon`, `dotprod`, `i8mm`, `simd128`, separated by commas); `PUPIL_CPU=generic` leaves none. An
/// empty value counts as not set. If it holds an unknown word, no model opens. It is read once.
///
/// ```
/// use pupil_core::cpu::{Cpu, FeatureSet};
///
/// let cpu = Cpu::detect();
/// assert!(cpu.has(FeatureSet::NONE));
/// assert!(!cpu.without(FeatureSet::AVX2).has(FeatureSet::AVX2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    features: FeatureSet,
}

impl Cpu {
    /// Asks the machine, once per process.
    pub fn detect() -> Self {
        Self { features: Found::get().features }
    }

    /// Refuses a variable `PUPIL_CPU` that names what does not exist: whoever sets it would measure something else.
    pub(crate) fn check_variable() -> Result<()> {
        match &Found::get().unknown {
            None => Ok(()),
            Some(word) => {
                let known: Vec<&str> = FeatureSet::NAMED.iter().map(|(name, _)| *name).collect();
                let known = known.join(", ");
                let message =
                    format!("PUPIL_CPU names `{word}`, there are generic, {known}; unset it to use all");
                Err(Error::new(ErrorKind::BadInput, message))
            }
        }
    }

    /// The same CPU without `features`.
    #[must_use]
    pub const fn without(self, features: FeatureSet) -> Self {
        Self { features: FeatureSet(self.features.0 & !features.0) }
    }

    /// This CPU, then the same again and again without the best extension left, down to none at all.
    pub fn narrowings(self) -> Vec<Self> {
        let mut found = vec![self];
        for (_, feature) in FeatureSet::NAMED {
            let last = found[found.len() - 1];
            if last.has(feature) {
                found.push(last.without(feature));
            }
        }
        found
    }

    /// Whether every extension of `needs` may be used.
    pub const fn has(self, needs: FeatureSet) -> bool {
        self.features.contains(needs)
    }
}

/// What the machine has and the variable leaves.
struct Found {
    features: FeatureSet,
    /// The first word of the variable that names nothing.
    unknown: Option<String>,
}

impl Found {
    fn get() -> &'static Self {
        static FOUND: OnceLock<Found> = OnceLock::new();
        FOUND.get_or_init(|| Self::of(machine(), std::env::var("PUPIL_CPU").ok().as_deref()))
    }

    fn of(machine: FeatureSet, variable: Option<&str>) -> Self {
        match variable.filter(|list| !list.trim().is_empty()) {
            None => Self { features: machine, unknown: None },
            Some(list) => {
                let (left, unknown) = FeatureSet::from_names(list);
                Self { features: FeatureSet(machine.0 & left.0), unknown: unknown.map(str::to_owned) }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn machine() -> FeatureSet {
    let mut found = FeatureSet::NONE;
    if is_x86_feature_detected!("avx2") {
        found = found.union(FeatureSet::AVX2);
    }
    if is_x86_feature_detected!("avxvnni") {
        found = found.union(FeatureSet::AVXVNNI);
    }
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni")
    {
        found = found.union(FeatureSet::AVX512);
    }
    // Miri interprets neither `cpuid` nor the system's call; with it, the plain kernels are meant to run.
    if !cfg!(miri) && amx() {
        found = found.union(FeatureSet::AMX);
    }
    found
}

/// Whether the CPU has tile registers with products of bytes, and the system keeps them and lets this process use them.
/// Linux wants to be asked: a thread that uses tiles needs 8 KB more for its state. It refuses where the stack of a
/// signal handler is too small for that, and then the other kernels run.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[expect(unsafe_code, reason = "the standard library neither asks for tiles nor knows of them")]
fn amx() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
    /// Of leaf 1 in ecx: the system has switched `xgetbv` on.
    const OSXSAVE: u32 = 1 << 27;
    /// Of leaf 7 in edx.
    const AMX_TILE_AND_INT8: u32 = 1 << 24 | 1 << 25;
    /// The state of tiles, and its bits among the states that the system keeps.
    const TILE_DATA: u32 = 18;
    const KEPT: u64 = 1 << 17 | 1 << TILE_DATA;
    /// `ARCH_REQ_XCOMP_PERM` of <asm/prctl.h>.
    const REQUEST: libc::c_long = 0x1023;

    #[target_feature(enable = "xsave")]
    fn kept() -> u64 {
        // SAFETY: register 0 exists wherever `xgetbv` does.
        unsafe { _xgetbv(0) }
    }
    let has = __cpuid(0).eax >= 7
        && __cpuid(1).ecx & OSXSAVE != 0
        && __cpuid_count(7, 0).edx & AMX_TILE_AND_INT8 == AMX_TILE_AND_INT8;
    // SAFETY: a CPU with OSXSAVE has `xgetbv`.
    let kept = has && unsafe { kept() } & KEPT == KEPT;
    // SAFETY: the call takes two numbers and changes nothing in the memory of the process.
    kept && unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, libc::c_long::from(TILE_DATA)) } == 0
}

/// Other systems have other calls for it.
#[cfg(all(target_arch = "x86_64", not(target_os = "linux")))]
fn amx() -> bool {
    false
}

#[cfg(target_arch = "aarch64")]
fn machine() -> FeatureSet {
    let mut found = FeatureSet::NONE;
    if std::arch::is_aarch64_feature_detected!("neon") {
        found = found.union(FeatureSet::NEON);
    }
    if std::arch::is_aarch64_feature_detected!("dotprod") {
        found = found.union(FeatureSet::DOTPROD);
    }
    if std::arch::is_aarch64_feature_detected!("i8mm") {
        found = found.union(FeatureSet::I8MM);
    }
    found
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn machine() -> FeatureSet {
    if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) {
        FeatureSet::SIMD128
    } else {
        FeatureSet::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_select_features_and_unknown_words_are_told() {
        assert_eq!(FeatureSet::from_names("generic"), (FeatureSet::NONE, None));
        assert_eq!(FeatureSet::from_names("avx2, neon"), (FeatureSet::AVX2.union(FeatureSet::NEON), None));
        let (set, unknown) = FeatureSet::from_names("dotprod,sve,i8mm,sme");
        assert_eq!((set, unknown), (FeatureSet::DOTPROD.union(FeatureSet::I8MM), Some("sve")));
        assert_eq!(format!("{:?}", FeatureSet::AVX512), r#"{"avx512"}"#);
    }

    #[test]
    fn all_names_every_feature_once() {
        for (name, feature) in FeatureSet::NAMED {
            assert_eq!(FeatureSet::from_names(name), (feature, None));
            assert!(FeatureSet::ALL.contains(feature), "{name}");
        }
        assert_eq!(FeatureSet::ALL.0.count_ones() as usize, FeatureSet::NAMED.len());
    }

    #[test]
    fn narrowings_lose_one_feature_at_a_time() {
        let cpu = Cpu { features: FeatureSet::NEON.union(FeatureSet::DOTPROD).union(FeatureSet::I8MM) };
        let dotprod = cpu.without(FeatureSet::I8MM);
        let neon = dotprod.without(FeatureSet::DOTPROD);
        assert_eq!(cpu.narrowings(), [cpu, dotprod, neon, neon.without(FeatureSet::NEON)]);
        assert_eq!(Cpu { features: FeatureSet::NONE }.narrowings().len(), 1);
    }

    /// Whoever narrows the CPU for a whole process gets what he asks for.
    #[test]
    fn the_variable_leaves_nothing_that_it_does_not_name() {
        if let Ok(list) = std::env::var("PUPIL_CPU") {
            assert_eq!(Cpu::detect().features, Found::of(machine(), Some(&list)).features, "{list}");
        }
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let machine = FeatureSet::AVX2.union(FeatureSet::AVX512);
        for variable in [None, Some(""), Some("  ")] {
            let found = Found::of(machine, variable);
            assert_eq!((found.features, found.unknown), (machine, None), "{variable:?}");
        }
        assert_eq!(Found::of(machine, Some("avx2")).features, FeatureSet::AVX2);
        assert_eq!(Found::of(machine, Some("avx2,avx-512")).unknown.as_deref(), Some("avx-512"));
    }

    #[test]
    fn without_only_narrows() {
        let cpu = Cpu { features: FeatureSet::AVX2.union(FeatureSet::AVX512) };
        let narrow = cpu.without(FeatureSet::AVX512);
        assert!(narrow.has(FeatureSet::AVX2));
        assert!(!narrow.has(FeatureSet::AVX512));
        assert_eq!(narrow.without(FeatureSet::AVX512), narrow);
    }
}
