#pragma once

#include <span>

namespace kiln::tools {

/// A file of a new project; `@NAME@` stands for the project's name.
struct ProjectFile {
  const char* path;
  const char* text;
};

std::span<const ProjectFile> project_files();

}  // namespace kiln::tools
