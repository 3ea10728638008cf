#include "source/origin.h"

#include <filesystem>

#include "source/place_for_user.h"

namespace kiln {

std::vector<Span> places_of(Origin origin, const std::vector<Origin>& calls) {
  std::vector<Span> places;
  if (origin.known()) places.push_back(origin);
  while (origin.call != 0) {
    origin = calls[origin.call - 1];
    places.push_back(origin);
  }
  return places;
}

Span place_for_user(const std::vector<Span>& places, uint32_t own_file) {
  for (const Span& place : places)
    if (place.file == own_file) return place;
  return places.empty() ? Span{} : places.back();
}

std::string place_in_library(const SourceFiles& files, Span span) {
  return std::filesystem::path(files.describe(span)).filename().string();
}

}  // namespace kiln
