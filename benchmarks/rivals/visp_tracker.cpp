// ViSP's template tracker with a rigid warp, one picture at a time.
//
// usage: visp_tracker KIND TAUGHT.pgm LEFT TOP RIGHT BOTTOM  < names of PGM files, one a line
//
// KIND is "ssd" (photometric: sum of squared differences) or "zncc". Every picture is tracked
// from the identity. For each, one line on standard output: theta tx ty milliseconds, or
// "lost". Pixels as ViSP counts them: u to the right, v down.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <visp3/core/vpImage.h>
#include <visp3/io/vpImageIo.h>
#include <visp3/tt/vpTemplateTrackerSSDInverseCompositional.h>
#include <visp3/tt/vpTemplateTrackerWarpRT.h>
#include <visp3/tt/vpTemplateTrackerZNCCInverseCompositional.h>

int main(int argc, char **argv) {
  if (argc != 7) {
    std::cerr << "usage: visp_tracker ssd|zncc TAUGHT.pgm LEFT TOP RIGHT BOTTOM\n";
    return 2;
  }
  const std::string kind = argv[1];
  vpImage<unsigned char> taught, picture;
  vpImageIo::read(taught, argv[2]);
  const double left = std::stod(argv[3]), top = std::stod(argv[4]);
  const double right = std::stod(argv[5]), bottom = std::stod(argv[6]);
  vpTemplateTrackerWarpRT warp;
  std::string name;
  while (std::getline(std::cin, name)) {
    std::unique_ptr<vpTemplateTracker> tracker;
    if (kind == "ssd")
      tracker = std::make_unique<vpTemplateTrackerSSDInverseCompositional>(&warp);
    else
      tracker = std::make_unique<vpTemplateTrackerZNCCInverseCompositional>(&warp);
    tracker->setSampling(2, 2);
    tracker->setLambda(0.001);
    tracker->setIterationMax(200);
    tracker->setPyramidal(4, 1);
    const std::vector<vpImagePoint> corners = {
        vpImagePoint(top, left),     vpImagePoint(top, right),   vpImagePoint(bottom, right),
        vpImagePoint(bottom, right), vpImagePoint(bottom, left), vpImagePoint(top, left)};
    try {
      vpImageIo::read(picture, name);
      tracker->initFromPoints(taught, corners, false);
      const auto began = std::chrono::steady_clock::now();
      tracker->track(picture);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - began;
      const vpColVector p = tracker->getp();
      std::cout << p[0] << " " << p[1] << " " << p[2] << " " << took.count() << std::endl;
    } catch (const vpException &) {
      std::cout << "lost" << std::endl;
    }
  }
  return 0;
}
