import Testing
@testable import SampleModel
