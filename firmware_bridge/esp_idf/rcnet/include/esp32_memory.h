// A tensor arena on an ESP32, and a watchdog that stays quiet: under ESP-IDF and under Arduino.
#ifndef ESP32_MEMORY_H_
#define ESP32_MEMORY_H_

#include <cstddef>
#include <cstdint>

namespace rcnet {

// Takes an arena at a multiple of 16 from the heap, for good, and tells the console where it is:
// in PSRAM or, where there is none or too little, in internal RAM; the other way round with
// CONFIG_RCNET_ARENA_INTERNAL_FIRST. Null: neither has room; the console has both sizes, and the
// setting to look at.
//
// It comes from the heap because a static array of this size does not link (dram0_0_seg).
std::uint8_t* AllocateArena(std::size_t bytes);

// Lets other tasks run, among them the idle task, which the task watchdog watches, if it has not done
// so for a second. Call it often.
void Breathe();

}  // namespace rcnet

#endif  // ESP32_MEMORY_H_
