#include "start.h"

#include "console.h"
#include "esp32_memory.h"

namespace rcnet {

bool Start(Tflm& classifier) {
  std::uint8_t* arena = AllocateArena(kArenaBytes);
  if (arena == nullptr) return false;
  if (!classifier.Begin(arena, kArenaBytes, Breathe)) {
    Say("rcnet: %s\n", classifier.error());
    return false;
  }
  Say("rcnet: %u bytes of the arena are used\n", static_cast<unsigned>(classifier.arena_used()));
  return true;
}

}  // namespace rcnet
