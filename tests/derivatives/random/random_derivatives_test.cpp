// Random programs, and all their derivatives held against each other: well-typed comprehensions, reductions,
// writes, loops, branches, sorts, inner derivatives, rules. What fails is made as small as it can be and
// printed with its seed. KILN_RANDOM_SEED is the first seed (1), KILN_RANDOM_CASES how many (500). Every
// program is interpreted; of batches of ten each n-th goes to kernels that the executor runs
// (KILN_RANDOM_KERNELS, 2), or to a library as well (KILN_RANDOM_LIBRARIES, 25). `show_random_derivative
// SEED` prints a program.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "program_checks.h"
#include "shrink.h"

namespace kiln::derivatives {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::optional<Complaint> complaint_of(const std::vector<uint8_t>& choices, Way way) {
  Tally unused;
  const RandomProgram program = make_program(choices, "f");
  return check_programs({&program, 1}, way, unused)[0];
}

void report(uint64_t seed, Way way, const Complaint& complaint) {
  const int tries = static_cast<int>(from_environment("KILN_SHRINK_TRIES", 1500));
  const std::vector<uint8_t> least =
      shrink(choices_of(seed), tries, [&](const std::vector<uint8_t>& choices) {
        const auto found = complaint_of(choices, way);
        return found && found->kind == complaint.kind;
      });
  const RandomProgram program = make_program(least, "f");
  const auto found = complaint_of(least, way);
  std::string dims;
  for (const auto& [dim, extent] : program.dims) dims += fmt::format(" {} = {}", dim, extent);
  ADD_FAILURE() << fmt::format("seed {}: {}: {}\nthe least program that fails so:{}, points {}\n{}{}", seed,
                               complaint.kind, found ? found->what : complaint.what, dims, program.points,
                               program.function, found ? "" : "(it does not fail alone)");
}

TEST(RandomDerivatives, AgreeWithEachOther) {
  const uint64_t first = from_environment("KILN_RANDOM_SEED", 1),
                 count = from_environment("KILN_RANDOM_CASES", 500),
                 as_kernels = from_environment("KILN_RANDOM_KERNELS", 2),  // each n-th batch of ten
      as_library = from_environment("KILN_RANDOM_LIBRARIES", 25);          // the same
  constexpr uint64_t together = 10;
  const auto is_chosen = [&](uint64_t at, uint64_t every) { return every > 0 && at / together % every == 0; };
  Tally tally;
  for (uint64_t at = first; at < first + count; at += together) {
    std::vector<RandomProgram> programs;
    for (uint64_t seed = at; seed < std::min(at + together, first + count); ++seed)
      programs.push_back(make_program(choices_of(seed), fmt::format("program_{}", seed)));
    const Way way = is_chosen(at, as_library)   ? Way::machine_code
                    : is_chosen(at, as_kernels) ? Way::kernels
                                                : Way::interpreted;
    const auto complaints = check_programs(programs, way, tally);
    for (size_t i = 0; i < programs.size(); ++i)
      if (complaints[i]) report(at + i, way, *complaints[i]);
  }
  std::printf("seeds %llu to %llu: %s\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + count - 1), tally.text().c_str());
  if (count >= 100) {
    EXPECT_GT(tally.curvatures, static_cast<int>(count / 3));
    EXPECT_GT(tally.batched, 0);
  }
}

}  // namespace
}  // namespace kiln::derivatives
