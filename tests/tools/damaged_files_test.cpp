// .npy and safetensors files that are cut, lie or attack: a message and exit code 1, never a crash.
#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;

Outcome run_npy(const std::string& file) {
  return kilnc({"run", model("tables"), "fold", "--arg", "x=@" + file, "--arg", "M=1", "--interpret"});
}

const std::string good_header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }";

TEST(DamagedNpy, EveryCutIsRefused) {
  const Folder folder;
  const std::string whole = npy(good_header, bytes_of<float>({1, 2, 3, 4}));
  ASSERT_EQ(run_npy(folder.write("x.npy", whole)).code, 0);
  for (size_t size = 0; size < whole.size(); size += size < 12 || size > 120 ? 1 : 17)
    EXPECT_EQ(run_npy(folder.write("x.npy", whole.substr(0, size))).code, 1) << size;
}

TEST(DamagedNpy, HeadersThatLie) {
  const Folder folder;
  const std::pair<std::string, const char*> headers[] = {
      {"", "the header is damaged"},
      {"{", "the header is damaged"},
      {"{'descr': '<f4'", "the header is damaged"},
      {"{'descr': '>f4', 'fortran_order': False, 'shape': (4,), }", "elements of type >f4 are not supported"},
      {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", "records are not supported"},
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", "Fortran order"},
      {"{'descr': '<f4', 'fortran_order': Perhaps, 'shape': (4,), }", "the header is damaged"},
      {"{'descr': '<f4', 'fortran_order': False, }", "the header has no shape"},
      {"{'fortran_order': False, 'shape': (4,), }", "the header has no type"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (-4,), }", "the shape is not a list of numbers"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (4.5,), }", "the shape is not a list of numbers"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
       "the shape is too large"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
       "the shape is too large"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }",
       "holds 16 bytes of data, the shape needs 20"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "a tensor of rank 2 was given"},
      {"{'descr': '<i4', 'fortran_order': False, 'shape': (4,), }", "holds i32, expected f32"},
      {"{'extra': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,), }",
       "an unknown entry `extra`"},
      {std::string("{'descr': '") + std::string(60000, 'x') + "', }", "the header has no shape"},
  };
  for (const auto& [header, message] : headers) {
    const Outcome outcome = run_npy(folder.write("x.npy", npy(header, bytes_of<float>({1, 2, 3, 4}))));
    EXPECT_EQ(outcome.code, 1) << header.substr(0, 80);
    EXPECT_THAT(outcome.error, HasSubstr(message)) << header.substr(0, 80);
  }
  std::string axes;
  for (int i = 0; i < 500; ++i) axes += "1, ";
  EXPECT_THAT(
      run_npy(folder.write("x.npy",
                           npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + axes + "), }", "")))
          .error,
      HasSubstr("too many axes"));
  EXPECT_THAT(run_npy(folder / "missing.npy").error, HasSubstr("No such file or directory"));
  EXPECT_THAT(run_npy(folder.path()).error, HasSubstr("not an .npy file"));
}

TEST(DamagedNpy, FlippedBytesNeverCrash) {
  const Folder folder;
  const std::string whole = npy(good_header, bytes_of<float>({1, 2, 3, 4}));
  for (size_t at = 0; at < 72; at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x51);
    const int code = run_npy(folder.write("x.npy", damaged)).code;
    EXPECT_TRUE(code == 0 || code == 1) << at << ": " << code;
  }
}

/// predict of small_net with these weights.
Outcome run_weights(const std::string& file) {
  return kilnc({"run", model("small_net"), "predict", "--arg", "x=[[1,2,3,4,5,6,7,8,9,10,11,12,13]]", "--arg",
                "m=@" + file, "--interpret"});
}

TEST(DamagedWeights, AreRefusedWithAllThatIsWrong) {
  const Folder folder;
  const std::pair<std::string, const char*> files[] = {
      {"", "the header is damaged"},
      {"12345", "the header is damaged"},
      {std::string(8, '\xff'), "the header is damaged"},
      {safetensors("{", ""), "the header is damaged"},
      {safetensors("[]", ""), "the header is damaged"},
      {safetensors("{}", ""), "`fc1.weight` is missing; `fc1.bias` is missing"},
      {safetensors("{\"fc1.weight\": 3}", ""), "`fc1.weight` should be F32 [9,13]"},
      {safetensors("{\"fc1.weight\": {\"dtype\": 5, \"shape\": [9, 13], \"data_offsets\": [0, 468]}}", ""),
       "`fc1.weight` should be F32 [9,13]"},
      {safetensors("{\"fc1.weight\": {\"dtype\": \"F32\", \"shape\": \"no\", \"data_offsets\": [0, 468]}}",
                   ""),
       "`fc1.weight` should be F32 [9,13]"},
      {safetensors("{\"fc1.weight\": {\"dtype\": \"F32\", \"shape\": [9, 13], \"data_offsets\": [0, 468]}}",
                   "short"),
       "the data of `fc1.weight` lies outside of the file"},
      {safetensors("{\"fc1.weight\": {\"dtype\": \"F32\", \"shape\": [9, 13], \"data_offsets\": [-468, 0]}}",
                   std::string(468, ' ')),
       "the data of `fc1.weight` lies outside of the file"},
      {safetensors("{\"fc1.weight\": {\"dtype\": \"F32\", \"shape\": [9, 13], \"data_offsets\": "
                   "[18446744073709551615, 467]}}",
                   std::string(468, ' ')),
       "the data of `fc1.weight` lies outside of the file"},
      {safetensors("{\"fc1.weight\": {\"dtype\": \"F32\", \"shape\": [9, 13]}}", ""),
       "the data of `fc1.weight` lies outside of the file"},
      {safetensors("{\"other\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}", "1234"),
       "`other` is not part of Net"},
      {safetensors("{\"\\ud800\": {}}", ""), "the header is damaged"},
      {safetensors(std::string(300000, '['), ""), "the header is damaged"},
      {safetensors("{\"fc1.weight\":" + std::string(100000, '[') + std::string(100000, ']') + "}", ""),
       "`fc1.weight` should be"},
  };
  for (const auto& [text, message] : files) {
    const Outcome outcome = run_weights(folder.write("w.safetensors", text));
    EXPECT_EQ(outcome.code, 1) << text.substr(0, 100);
    EXPECT_THAT(outcome.error, HasSubstr(message)) << text.substr(0, 100);
  }
  EXPECT_THAT(run_weights(folder / "missing").error, HasSubstr("No such file or directory"));
  EXPECT_THAT(kilnc({"bench", model("small_net"), "predict", "--dim", "B=1", "--arg", "m=weights"}).error,
              HasSubstr("a model is given as @FILE.safetensors, not `weights`"));
}

TEST(DamagedWeights, EveryCutIsRefused) {
  const Folder folder;
  ASSERT_EQ(kilnc({"run", model("small_net"), "train_step", "--arg", "x=[[1,2,3,4,5,6,7,8,9,10,11,12,13]]",
                   "--arg", "labels=[1]", "--arg", "lr=0", "--out", folder.path(), "--interpret"})
                .code,
            0);
  const std::string whole = read(folder / "m.safetensors");
  ASSERT_EQ(run_weights(folder / "m.safetensors").code, 0);
  for (const size_t size :
       {size_t{0}, size_t{7}, size_t{8}, size_t{9}, size_t{100}, whole.size() / 2, whole.size() - 1})
    EXPECT_EQ(run_weights(folder.write("w.safetensors", whole.substr(0, size))).code, 1) << size;
}

}  // namespace
}  // namespace kiln::tests
