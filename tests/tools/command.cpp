#include "command.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

namespace kiln::tests {

namespace fs = std::filesystem;

Outcome kilnc(const std::vector<std::string>& arguments, const Settings& settings) {
  const Folder folder;
  const std::string out = folder / "out", error = folder / "error";
  const pid_t child = fork();
  if (child == 0) {
    const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int error_file = open(error.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out_file, 1);
    dup2(error_file, 2);
    if (!settings.input.empty()) dup2(open(settings.input.c_str(), O_RDONLY), 0);
    if (!settings.folder.empty() && chdir(settings.folder.c_str()) != 0) _exit(99);
    if (settings.own_cache)
      unsetenv("KILN_CACHE_DIR");
    else
      setenv("KILN_CACHE_DIR", "", 1);
    for (const std::string& setting : settings.environment) putenv(const_cast<char*>(setting.c_str()));
    if (settings.largest_file >= 0) {
      const rlimit limit{static_cast<rlim_t>(settings.largest_file),
                         static_cast<rlim_t>(settings.largest_file)};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    std::vector<char*> list = {const_cast<char*>(KILNC)};
    for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
    list.push_back(nullptr);
    execv(KILNC, list.data());
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(out), read(error)};
}

Folder::Folder() {
  std::string pattern = testing::TempDir() + "kilnc-test-XXXXXX";
  path_ = mkdtemp(pattern.data());
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return *this / name;
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string npy(const std::string& header, const std::string& data) {
  std::string text = header;
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string file("\x93NUMPY\x01", 7);
  file += '\0';
  file += static_cast<char>(text.size() & 255);
  file += static_cast<char>(text.size() >> 8);
  return file + text + data;
}

std::string safetensors(const std::string& header, const std::string& data) {
  const uint64_t size = header.size();
  std::string file(sizeof size, '\0');
  std::memcpy(file.data(), &size, sizeof size);
  return file + header + data;
}

}  // namespace kiln::tests
