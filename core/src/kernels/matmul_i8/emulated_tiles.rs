//! The tile instructions of `x86_amx` in software, for its tests on CPUs that lack them: there each one raises SIGILL,
//! and a handler does what the instruction would have done, as Intel's manual of instructions describes it.

use std::arch::x86_64::__cpuid;
use std::cell::RefCell;
use std::sync::Once;

/// Rows of a register, and bytes of a row.
const ROWS: usize = 16;
const BYTES: usize = 64;

/// The registers of a thread.
struct Tiles {
    /// Rows and bytes of each, as configured; none before that.
    shapes: Option<[(usize, usize); 8]>,
    data: [[[u8; BYTES]; ROWS]; 8],
}

thread_local! {
    static TILES: RefCell<Tiles> =
        const { RefCell::new(Tiles { shapes: None, data: [[[0; BYTES]; ROWS]; 8] }) };
}

/// Makes tile instructions work in this process from now on; `false` if the CPU has them itself.
pub(super) fn install() -> bool {
    static INSTALLED: Once = Once::new();
    if __cpuid(0).eax >= 7 && std::arch::x86_64::__cpuid_count(7, 0).edx & (1 << 24) != 0 {
        return false;
    }
    INSTALLED.call_once(|| {
        // SAFETY: the structure is plain numbers; the handler has the type that SA_SIGINFO asks for.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handle as *const () as libc::sighandler_t;
            action.sa_flags = libc::SA_SIGINFO;
            assert_eq!(
                libc::sigaction(libc::SIGILL, &action, std::ptr::null_mut()),
                0,
                "SIGILL has a handler"
            );
        }
    });
    true
}

/// Does what the instruction at the interrupted place says, and goes on behind it. What is none of the six ends the
/// process, as it would have without the handler.
extern "C" fn handle(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the system passes the context of the interrupted thread, whose instruction pointer points to the
    // instruction; no instruction here is longer than the page of code that follows it.
    let (registers, code) = unsafe {
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let at = registers[libc::REG_RIP as usize] as *const u8;
        (registers, std::slice::from_raw_parts(at, 16))
    };
    let length = TILES.with_borrow_mut(|tiles| tiles.step(code, registers));
    match length {
        Some(length) => registers[libc::REG_RIP as usize] += i64::try_from(length).unwrap_or(0),
        // SAFETY: ends the process; nothing is used afterwards.
        None => unsafe { libc::abort() },
    }
}

/// The value of a general register by its number in an instruction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "addresses on a target of 64 bits"
)]
fn register(registers: &[i64; 23], number: u8) -> usize {
    const ORDER: [libc::c_int; 16] = [
        libc::REG_RAX,
        libc::REG_RCX,
        libc::REG_RDX,
        libc::REG_RBX,
        libc::REG_RSP,
        libc::REG_RBP,
        libc::REG_RSI,
        libc::REG_RDI,
        libc::REG_R8,
        libc::REG_R9,
        libc::REG_R10,
        libc::REG_R11,
        libc::REG_R12,
        libc::REG_R13,
        libc::REG_R14,
        libc::REG_R15,
    ];
    registers[ORDER[usize::from(number)] as usize] as usize
}

impl Tiles {
    /// Executes one instruction and returns its length; `None` if it is not known or not allowed.
    fn step(&mut self, code: &[u8], registers: &[i64; 23]) -> Option<usize> {
        // The prefix VEX of three bytes, with the map 0F38, 128 bits and W = 0.
        let [0xC4, first, second, opcode, modrm, ..] = *code else { return None };
        if first & 0x1F != 2 || second & 0x84 != 0 {
            return None;
        }
        let high = |bit: u8| if first & bit == 0 { 8 } else { 0 };
        let (prefix, third) = (second & 3, usize::from(!second >> 3 & 0xF));
        let (mode, reg, rm) = (modrm >> 6, usize::from(modrm >> 3 & 7), modrm & 7);
        match (opcode, prefix, mode) {
            // tilerelease
            (0x49, 0, 3) if modrm == 0xC0 => {
                *self = Self { shapes: None, data: [[[0; BYTES]; ROWS]; 8] };
                Some(5)
            }
            // ldtilecfg
            (0x49, 0, _) => {
                let (address, _, length) = operand(&code[4..], registers, high)?;
                // SAFETY: the instruction would have read these 64 bytes.
                let bytes = unsafe { std::slice::from_raw_parts(address as *const u8, 64) };
                let reserved = bytes[1] != 0
                    || bytes[2..16].iter().chain(&bytes[32..48]).chain(&bytes[56..]).any(|b| *b != 0);
                if bytes[0] != 1 || reserved {
                    return None;
                }
                let shape = |n: usize| {
                    let row = u16::from_le_bytes([bytes[16 + 2 * n], bytes[17 + 2 * n]]);
                    (usize::from(bytes[48 + n]), usize::from(row))
                };
                let shapes: [(usize, usize); 8] = std::array::from_fn(shape);
                if shapes.iter().any(|&(rows, row)| rows > ROWS || row > BYTES || (rows == 0) != (row == 0)) {
                    return None;
                }
                *self = Self { shapes: Some(shapes), data: [[[0; BYTES]; ROWS]; 8] };
                Some(4 + length)
            }
            // tilezero
            (0x49, 3, 3) => {
                self.shapes?;
                self.data[reg] = [[0; BYTES]; ROWS];
                Some(5)
            }
            // tileloadd and tilestored, whose index register is the distance of two rows
            (0x4B, 3 | 2, 0..3) if rm == 4 => {
                let (rows, row) = self.shapes?[reg];
                let (address, stride, length) = operand(&code[4..], registers, high)?;
                if prefix == 3 {
                    self.data[reg] = [[0; BYTES]; ROWS];
                }
                for (n, data) in self.data[reg][..rows].iter_mut().enumerate() {
                    let at = address.wrapping_add(n.wrapping_mul(stride));
                    // SAFETY: the instruction would have read or written these bytes.
                    unsafe {
                        match prefix {
                            3 => std::ptr::copy_nonoverlapping(at as *const u8, data.as_mut_ptr(), row),
                            _ => std::ptr::copy_nonoverlapping(data.as_ptr(), at as *mut u8, row),
                        }
                    }
                }
                Some(4 + length)
            }
            // tdpbssd
            (0x5E, 3, 3) => {
                let shapes = self.shapes?;
                let (sum, a, b) = (reg, usize::from(rm), third);
                let ((rows, row), (a_rows, a_row), (b_rows, b_row)) = (shapes[sum], shapes[a], shapes[b]);
                let fits = rows == a_rows && row == b_row && a_row == 4 * b_rows && row.is_multiple_of(4);
                if !fits || sum == a || sum == b || a == b {
                    return None;
                }
                let signed = |byte: u8| i32::from(byte.cast_signed());
                for m in 0..rows {
                    for n in 0..row / 4 {
                        let place = 4 * n..4 * n + 4;
                        let old: [u8; 4] = self.data[sum][m][place.clone()].try_into().ok()?;
                        let mut value = i32::from_le_bytes(old);
                        for k in 0..a_row / 4 {
                            for i in 0..4 {
                                let product =
                                    signed(self.data[a][m][4 * k + i]) * signed(self.data[b][k][4 * n + i]);
                                value = value.wrapping_add(product);
                            }
                        }
                        self.data[sum][m][place].copy_from_slice(&value.to_le_bytes());
                    }
                }
                Some(5)
            }
            _ => None,
        }
    }
}

/// Address, index and length of the operand in memory that begins with the byte ModRM.
fn operand(code: &[u8], registers: &[i64; 23], high: impl Fn(u8) -> u8) -> Option<(usize, usize, usize)> {
    let (mode, rm) = (code[0] >> 6, code[0] & 7);
    let (base, index, mut length) = if rm == 4 {
        let sib = code[1];
        let (base, index) = (sib & 7, sib >> 3 & 7 | high(0x40));
        if base == 5 && mode == 0 {
            return None;
        }
        let index = if index == 4 { 0 } else { register(registers, index) << (sib >> 6) };
        (register(registers, base | high(0x20)), index, 2)
    } else if rm == 5 && mode == 0 {
        return None;
    } else {
        (register(registers, rm | high(0x20)), 0, 1)
    };
    let displacement = match mode {
        1 => isize::from(code[length].cast_signed()),
        2 => i32::from_le_bytes(code[length..length + 4].try_into().ok()?) as isize,
        _ => 0,
    };
    length += [0, 1, 4][usize::from(mode)];
    Some((base.wrapping_add_signed(displacement), index, length))
}
