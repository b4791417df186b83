import Foundation
import Testing

@testable import Pupil

@Suite("Limits on the sizes of arguments")
struct ArgumentLimitsTests {
    @Test("data beyond 256 MiB is rejected without reading it", arguments: [256 << 20 + 1, Int(Int32.max) + 1])
    func data(count: Int) async throws {
        // Addresses without memory: reading a byte crashes.
        let reserved = mmap(nil, count, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)
        let start = try #require(reserved == UnsafeMutableRawPointer(bitPattern: -1) ? nil : reserved)
        defer { munmap(start, count) }
        let data = Data(bytesNoCopy: start, count: count, deallocator: .none)
        let scorer = try open(small)
        let want = PupilError.tooLarge(reason: "the data has \(count) bytes, at most 268435456 are read", answer: nil)
        #expect(throws: want) { try openInPlace(data) }
        #expect(throws: want) { try attachInPlace(data, to: scorer) }
        await #expect(throws: want) { try await Scorer(data: data) }
        await #expect(throws: want) { try await scorer.attach(data: data) }
    }

    @Test("data of exactly 256 MiB is left to the engine")
    func boundary() throws {
        let count = 256 << 20
        let reserved = mmap(nil, count, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)
        let start = try #require(reserved == UnsafeMutableRawPointer(bitPattern: -1) ? nil : reserved)
        defer { munmap(start, count) }
        #expect(throws: Never.self) {
            try ArgumentLimits.check(Data(bytesNoCopy: start, count: count, deallocator: .none))
        }
    }

    @Test("texts whose size exceeds 32 bits are rejected, each and together")
    func texts() {
        let most = Int(Int32.max) - 5
        let rows: [(counts: [Int], answer: Int?, number: String?)] = [
            ([], nil, nil), ([0, 0], nil, nil), ([most - 4], nil, nil),
            ([most - 3], nil, "2147483648"),
            ([7, most + 1], 1, "\(most + 1)"),
            ([1 << 40], 0, "1099511627776"),
            ([1 << 30, 1 << 30], nil, "2147483661"),
            (Array(repeating: 64 << 10, count: 32_766), nil, nil),
            (Array(repeating: 64 << 10, count: 32_767), nil, "2147549185"),
        ]
        for row in rows {
            let error = thrown { try ArgumentLimits.check(all: row.counts) }
            guard let number = row.number else {
                #expect(error == nil, "\(row.counts.count) texts")
                continue
            }
            #expect(error.map(name(of:)) == "too-large", "\(row.counts.count) texts")
            #expect((error as? PupilError)?.reason.contains(number) == true, "\(String(describing: error))")
            #expect((error as? PupilError)?.answer == row.answer, "\(row.counts.count) texts")
        }
    }

    // Outside async functions, Swift uses the form without `await`.
    private func openInPlace(_ data: Data) throws {
        _ = try Scorer(data: data)
    }

    private func attachInPlace(_ data: Data, to scorer: Scorer) throws {
        _ = try scorer.attach(data: data)
    }
}
